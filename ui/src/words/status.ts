/** The conditions that devices report (`pcu_chan.gfitripped`), in plain words. */

import en from "./status.en.json";
import fr from "./status.fr.json";
import type { Language } from "./index.svelte";

const TABLES: Record<Language, Record<string, string>> = { en, fr };

export function statusCodes(status: unknown): string[] {
  if (typeof status !== "string") return [];
  return status
    .split(",")
    .map((code) => code.trim())
    .filter((code) => code !== "" && code !== "ok");
}

/** What a condition means; that of its group where it has no words of its own. */
export function explain(code: string, language: Language): string | undefined {
  const table = TABLES[language];
  return table[code] ?? table[code.split(/[.-]/)[0] ?? ""];
}
