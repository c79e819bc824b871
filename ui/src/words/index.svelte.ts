/** Everything the page itself says; the words of metrics, reasons and findings come from the API. */

import { caller } from "../api/client";
import en from "./en.json";
import fr from "./fr.json";

export type Word = keyof typeof en;
export type Language = "en" | "fr";
export const LANGUAGES: readonly Language[] = ["fr", "en"];

const TABLES: Record<Language, Record<Word, string>> = { en, fr };
const KEPT = "heliograph.language";

function remembered(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "fr" || kept === "en") return kept;
  return navigator.languages.find((tag) => /^(fr|en)\b/.test(tag))?.startsWith("fr") ? "fr" : "en";
}

class Voice {
  language = $state<Language>(remembered());

  constructor() {
    caller.language = this.language;
  }

  speak(language: Language): void {
    this.language = language;
    caller.language = language;
    localStorage.setItem(KEPT, language);
  }
}

export const voice = new Voice();

/** Fill a sentence's `{names}`. */
export function fill(sentence: string, details: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

export function say(word: Word, details: Record<string, string | number> = {}): string {
  return fill(TABLES[voice.language][word], details);
}

type Counted = Extract<Word, `${string}.one`> extends `${infer Root}.one` ? Root : never;

/** Say a number of things: `1 panel`, `12 panels`. */
export function count(word: Counted, number: number, details: Record<string, string | number> = {}): string {
  const plural = new Intl.PluralRules(voice.language).select(number) === "one" ? "one" : "other";
  return say(`${word}.${plural}` as Word, { ...details, count: number });
}
