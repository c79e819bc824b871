import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import fr from "./fr.json";
import { explain, statusCodes } from "./status";
import statusEn from "./status.en.json";
import statusFr from "./status.fr.json";

const names = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe.each([
  ["page", en, fr],
  ["status codes", statusEn, statusFr],
])("the words of the %s", (_, english: Record<string, string>, french: Record<string, string>) => {
  it("are the same in both languages", () => {
    expect(Object.keys(french).sort()).toEqual(Object.keys(english).sort());
  });

  it("are said, and name the same things", () => {
    for (const [key, sentence] of Object.entries(english)) {
      expect(sentence, key).not.toBe("");
      expect(french[key], key).not.toBe("");
      expect(names(french[key] ?? ""), key).toEqual(names(sentence));
    }
  });
});

it("no word is left that nobody says", () => {
  const source = readdirSync(join(import.meta.dirname, ".."), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(svelte|ts)$/.test(path) && !path.endsWith(".test.ts"))
    .map((path) => readFileSync(join(import.meta.dirname, "..", path), "utf8"))
    .join("\n");
  const built = [...source.matchAll(/`([a-z_.]+)\.\$\{/g)].map((match) => `${match[1] ?? ""}.`);
  const said = (key: string) => source.includes(`"${key}"`) || built.some((prefix) => key.startsWith(prefix));
  const unsaid = Object.keys(en).filter((key) => !said(key) && !said(key.replace(/\.(one|other)$/, "")));
  expect(unsaid).toEqual([]);
});

describe("conditions of devices", () => {
  it("are told apart", () => {
    expect(statusCodes("pcu_ctrl.dc-pwr-low, obs_strs.failure")).toEqual(["pcu_ctrl.dc-pwr-low", "obs_strs.failure"]);
    expect(statusCodes("ok")).toEqual([]);
    expect(statusCodes(undefined)).toEqual([]);
  });

  it("fall back to the words of their group", () => {
    expect(explain("pcu_chan.gfitripped", "fr")).toContain("terre");
    expect(explain("acb_ctrl.cellmaxtemp", "en")).toContain("battery");
    expect(explain("undef-0x0042", "en")).toContain("not documented");
    expect(explain("whatever.else", "en")).toBeUndefined();
  });
});
