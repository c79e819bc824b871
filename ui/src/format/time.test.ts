import { expect, it } from "vitest";
import { age, ago, clock, elapsed, moment } from "./time";

it.each([
  [-3, { count: 0, unit: "second" }],
  [12, { count: 12, unit: "second" }],
  [89, { count: 89, unit: "second" }],
  [150, { count: 3, unit: "minute" }],
  [5400, { count: 2, unit: "hour" }],
  [200_000, { count: 2, unit: "day" }],
] as const)("%d seconds are one unit", (seconds, expected) => {
  expect(elapsed(seconds)).toEqual(expected);
});

it("says an age in few letters", () => {
  expect(age(12, "en")).toBe("12s");
  expect(age(240, "en")).toBe("4 min");
  expect(age(600, "fr")).toMatch(/^10\smin$/);
});

it("says how long ago", () => {
  expect(ago(240, "en")).toBe("4 minutes ago");
  expect(ago(240, "fr")).toBe("il y a 4 minutes");
});

it("speaks in the gateway's own zone", () => {
  expect(clock(1_781_778_000, "fr", "Europe/Paris")).toBe("12:20");
  expect(clock(1_781_778_000, "fr", "America/New_York")).toBe("06:20");
  expect(moment(1_781_778_000, "en", "Europe/Paris")).toContain("18 Jun 2026");
});
