import { describe, expect, it } from "vitest";
import { midnight } from "../format/calendar";
import { ticks } from "./base";
import { divided } from "./energy";
import { faded } from "./palette";
import { aside, chosen, closer } from "./zoom";

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

it("marks an hour every ten minutes", () => {
  const noon = midnight(2026, 6, 18, zone) + 12 * 3600;
  expect(ticks(noon + 60.5, noon + 3000, zone)).toEqual([600, 1200, 1800, 2400, 3000].map((after) => noon + after));
});

it("divides a column into what stayed and what the grid had in it", () => {
  expect(divided([5, 5, null, 2], [1, null, 1, 3])).toEqual({ here: [4, 5, null, 0], grid: [1, 0, null, 2] });
});

describe("looking closer", () => {
  const hour = 3600;
  const whole = { from: 0, to: 24 * hour };

  it("halves what is seen, about its middle or a moment, and never leaves the whole", () => {
    expect(closer(whole, undefined, 2)).toEqual({ from: 6 * hour, to: 18 * hour });
    expect(closer(whole, undefined, 4, 0)).toEqual({ from: 0, to: 6 * hour });
    expect(closer(whole, { from: 20 * hour, to: 24 * hour }, 2, 24 * hour)).toEqual({ from: 22 * hour, to: 24 * hour });
  });

  it("ends at half an hour, and with the whole", () => {
    expect(closer(whole, { from: 0, to: hour / 2 }, 2)).toEqual({ from: 0, to: hour / 2 });
    expect(closer(whole, { from: 6 * hour, to: 18 * hour }, 0.5)).toBeUndefined();
    expect(chosen(whole, 0, 24 * hour)).toBeUndefined();
    expect(chosen(whole, hour, hour)).toEqual({ from: hour, to: 1.5 * hour });
  });

  it("goes aside until the end", () => {
    const seen = { from: 20 * hour, to: 23 * hour };
    expect(aside(whole, seen, -1)).toEqual({ from: 18.5 * hour, to: 21.5 * hour });
    expect(aside(whole, seen, 1)).toEqual({ from: 21 * hour, to: 24 * hour });
    expect(aside(whole, undefined, 1)).toBeUndefined();
  });
});

it("fades a colour", () => {
  expect(faded("#e39a13", 0.5)).toBe("rgba(227, 154, 19, 0.5)");
});
