import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "./en.json";
import fr from "./fr.json";

const names = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("the words of the page", () => {
  const french: Record<string, string> = fr;

  it("are the same in both languages", () => {
    expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
  });

  it("are said, and name the same things", () => {
    for (const [key, sentence] of Object.entries(en)) {
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
