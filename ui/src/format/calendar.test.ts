import { describe, expect, it } from "vitest";
import { midnight, secondOfDay, span } from "./calendar";

const PARIS = "Europe/Paris";
const at = (iso: string) => Date.parse(iso) / 1000;

describe("days of a zone", () => {
  it("begin at its own midnight", () => {
    expect(midnight(2026, 6, 18, PARIS)).toBe(at("2026-06-17T22:00:00Z"));
    expect(midnight(2026, 1, 1, "Asia/Kolkata")).toBe(at("2025-12-31T18:30:00Z"));
  });

  it("have 23 hours in spring and 25 in autumn", () => {
    const spring = span("day", at("2026-03-29T10:00:00Z"), 0, PARIS);
    const autumn = span("day", at("2026-10-25T10:00:00Z"), 0, PARIS);
    expect(spring.to - spring.from).toBe(23 * 3600);
    expect(autumn.to - autumn.from).toBe(25 * 3600);
  });

  it("know the second of the day", () => {
    expect(secondOfDay(at("2026-06-18T10:00:30Z"), PARIS)).toBe(12 * 3600 + 30);
  });
});

describe("periods", () => {
  it("weeks begin on Monday", () => {
    const week = span("week", at("2026-06-18T10:00:00Z"), 0, PARIS);
    expect(week).toEqual({ from: midnight(2026, 6, 15, PARIS), to: midnight(2026, 6, 22, PARIS) });
  });

  it("months and years go back over the turn of the year", () => {
    expect(span("month", at("2026-01-10T10:00:00Z"), 1, PARIS).from).toBe(midnight(2025, 12, 1, PARIS));
    expect(span("year", at("2026-01-10T10:00:00Z"), 1, PARIS)).toEqual({
      from: midnight(2025, 1, 1, PARIS),
      to: midnight(2026, 1, 1, PARIS),
    });
  });
});
