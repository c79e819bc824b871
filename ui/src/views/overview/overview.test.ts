import { describe, expect, it } from "vitest";
import { daylight, sunlight } from "./daylight";
import { covered, mood, type Moment } from "./mood";
import { cable, flow, labelOf, NARROW, ray, roof, scene, sunAt, WIDE } from "./scene";

describe("the flow drawing", () => {
  it("fits its frame", () => {
    expect(scene(390)).toBe(NARROW);
    expect(scene(800)).toBe(WIDE);
  });

  it.each([WIDE, NARROW])("keeps the sun within the picture", (place) => {
    for (let share = -0.1; share <= 1.1; share += 0.05) {
      const sun = sunAt(place, share);
      expect(sun.x).toBeGreaterThan(40);
      expect(sun.x).toBeLessThan(place.width - 40);
      expect(sun.y).toBeGreaterThan(40);
      expect(sun.y).toBeLessThan(roof(place).y + 10);
    }
  });

  it.each([WIDE, NARROW])("says the power of sun and moon within the picture", (place) => {
    const [wide, high] = [106, 54];
    for (const share of [undefined, 0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 1]) {
      const { at, side } = labelOf(place, share === undefined ? undefined : sunAt(place, share));
      const left = at.x - { left: wide, above: wide / 2, right: 0 }[side];
      expect(left).toBeGreaterThan(0);
      expect(left + wide).toBeLessThan(place.width);
      expect(at.y - (side === "above" ? high : high / 2)).toBeGreaterThan(0);
    }
  });

  it("leads the ray from the rim of the sun to the roof", () => {
    const sun = sunAt(WIDE, 0.5);
    const [start = "", end = ""] = ray(WIDE, sun).split("L");
    const [x = 0, y = 0] = start.slice(1).split(" ").map(Number);
    expect(Math.hypot(x - sun.x, y - sun.y)).toBeCloseTo(40, 0);
    expect(end).toBe(`${roof(WIDE).x} ${roof(WIDE).y}`);
  });

  it("lays cables from both sides towards the house", () => {
    expect(cable(WIDE, WIDE.battery.x)).toMatch(/^M84 352V374Q84 386 96 386H263.8Q275.8 386 275.8 374V352$/);
    expect(cable(WIDE, WIDE.grid.x)).toMatch(/^M560 352.*H380.2Q368.2 386 368.2 374V352$/);
  });

  it("runs faster and wider with more power, and stands still without", () => {
    expect(flow(undefined).direction).toBe(0);
    expect(flow(-3).direction).toBe(0);
    const [little, much] = [flow(200), flow(-5000)];
    expect([little.direction, much.direction]).toEqual([1, -1]);
    expect(much.period).toBeLessThan(little.period);
    expect(much.width).toBeGreaterThan(little.width);
    expect(flow(1e9)).toEqual(flow(6000));
  });
});

describe("the day", () => {
  const hour = 3600;

  it("is as long as the roof saw light", () => {
    const points: [number, number | null][] = [
      [100 + 5 * hour, 2],
      [100 + 6 * hour, 40],
      [100 + 13 * hour, null],
      [100 + 20 * hour, 12],
      [100 + 21 * hour, 0],
    ];
    expect(sunlight(points, 100)).toEqual({ rise: 6 * hour, set: 20 * hour });
    expect(sunlight([], 100)).toBeUndefined();
    expect(sunlight([[100 + 12 * hour, 400]], 100)).toBeUndefined();
  });

  it("is over at night, unless the roof still produces", () => {
    const seen = { rise: 6 * hour, set: 20 * hour };
    expect(daylight(13 * hour, 0, seen)).toBe(0.5);
    expect(daylight(22 * hour, 0, seen)).toBeUndefined();
    expect(daylight(20.5 * hour, 60, seen)).toBe(1);
    expect(daylight(5.8 * hour, 60, seen)).toBe(0);
  });
});

describe("the sentence of the moment", () => {
  const calm: Moment = { production: 2000, consumption: 500, net: 0, battery: 0, night: false, offGrid: false };
  it.each([
    [{ production: undefined, consumption: undefined }, "mood.none"],
    [{ production: 0, net: 500, night: true }, "mood.night"],
    [{ production: 0, battery: 500, night: true }, "mood.night.battery"],
    [{ production: 0, net: 500 }, "mood.grid"],
    [{ production: 0, consumption: undefined, net: undefined }, "mood.resting"],
    [{ consumption: undefined, net: undefined }, "mood.production"],
    [{ net: -1500 }, "mood.exporting"],
    [{ net: -500, battery: -1000 }, "mood.exporting.charging"],
    [{ battery: -1500 }, "mood.charging"],
    [{ battery: 300 }, "mood.battery"],
    [{}, "mood.balanced"],
    [{ production: 200, net: 300 }, "mood.importing"],
    [{ production: 200, net: 300, battery: 400 }, "mood.importing.battery"],
    [{ offGrid: true, net: 0 }, "mood.island"],
  ] satisfies [Partial<Moment>, string][])("%j says %s", (change, expected) => {
    expect(mood({ ...calm, ...change })).toBe(expected);
  });

  it("knows how much of the house is covered", () => {
    expect(covered({ ...calm, net: 125 })).toBe(75);
    expect(covered({ ...calm, net: -900 })).toBe(100);
    expect(covered({ ...calm, consumption: undefined })).toBeUndefined();
  });
});
