import { expect, it } from "vitest";
import { midnight } from "../format/calendar";
import { ticks } from "./base";
import { faded } from "./palette";

const zone = "Europe/Paris";

it("marks a day every three hours of the gateway's own clock", () => {
  const [from, to] = [midnight(2026, 6, 18, zone), midnight(2026, 6, 19, zone)];
  const marks = ticks(from, to, zone);
  expect(marks).toHaveLength(9);
  expect(marks[1]).toBe(from + 3 * 3600);
});

it("marks longer spans at midnights, also when the clocks change", () => {
  const [from, to] = [midnight(2026, 3, 23, zone), midnight(2026, 3, 30, zone)];
  expect(ticks(from, to, zone)).toContain(midnight(2026, 3, 30, zone));
  expect(ticks(from, to, zone)).toHaveLength(8);
});

it("fades a colour", () => {
  expect(faded("#e39a13", 0.5)).toBe("rgba(227, 154, 19, 0.5)");
});
