import { describe, expect, it } from "vitest";
import { color, deviations, energyUntil, scaleOf, shade, silent, valueAt } from "./measure";
import { frames, nextFrame } from "./replay";
import { addRoof, arrange, extent, group, move, read, removeRoof, settle, turn, type Layout } from "./roof";
import { sorted, type Row } from "./table";

const ids = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const fresh = (count: number) => settle(undefined, ids(count), "Roof");

function overlaps(layout: Layout): boolean {
  const taken = new Set<string>();
  for (const place of Object.values(layout.places)) {
    const [width, height] = place.turned === true ? [3, 2] : [2, 3];
    for (let x = 0; x < width; x += 1) {
      for (let y = 0; y < height; y += 1) {
        const cell = `${place.roof}/${place.x + x}/${place.y + y}`;
        if (taken.has(cell)) return true;
        taken.add(cell);
      }
    }
  }
  return false;
}

describe("the layout of roofs", () => {
  it.each([0, 1, 2, 20, 120])("has a place for each of %d panels", (count) => {
    const layout = fresh(count);
    expect(Object.keys(layout.places)).toHaveLength(count);
    expect(overlaps(layout)).toBe(false);
    const { width, height } = extent(Object.values(layout.places));
    if (count > 3) expect(width).toBeGreaterThan(height);
  });

  it("keeps what was arranged, and finds room for newcomers", () => {
    const kept = move(fresh(4), "p0", { roof: "roof-1", x: 11, y: 1 });
    const grown = settle(kept, [...ids(4), "new"], "Roof");
    expect(grown.places["p0"]).toEqual({ roof: "roof-1", x: 11, y: 1 });
    expect(grown.places["new"]).toBeDefined();
    expect(overlaps(grown)).toBe(false);
  });

  it("forgets panels that are gone", () => {
    expect(Object.keys(settle(fresh(4), ids(2), "Roof").places)).toEqual(["p0", "p1"]);
  });

  it("snaps a moved panel to the grid and keeps it on the roof", () => {
    expect(move(fresh(2), "p0", { roof: "roof-1", x: -3.4, y: 6.6 }).places["p0"]).toEqual({
      roof: "roof-1",
      x: 0,
      y: 7,
    });
  });

  it("lets two panels change places", () => {
    const before = fresh(2);
    const after = move(before, "p0", before.places["p1"] ?? { roof: "", x: 0, y: 0 });
    expect([after.places["p0"], after.places["p1"]]).toEqual([before.places["p1"], before.places["p0"]]);
  });

  it("leaves a panel where it is when several lie where it would go", () => {
    const before = { roofs: fresh(6).roofs, places: arrange(ids(6), "roof-1") };
    expect(move(before, "p5", { roof: "roof-1", x: 1, y: 1 })).toBe(before);
  });

  it("turns a panel where there is room", () => {
    const turned = turn(fresh(1), "p0");
    expect(turned.places["p0"]).toEqual({ roof: "roof-1", x: 0, y: 0, turned: true });
    expect(turn(turned, "p0").places["p0"]?.turned).toBe(false);
  });

  it("adds roofs, and moves the panels of one that is taken away", () => {
    const two = addRoof(fresh(3), "Garage");
    const moved = move(two, "p0", { roof: "roof-2", x: 0, y: 0 });
    expect(moved.places["p0"]?.roof).toBe("roof-2");
    const one = removeRoof(moved, "roof-2");
    expect(one.roofs.map((roof) => roof.id)).toEqual(["roof-1"]);
    expect(one.places["p0"]?.roof).toBe("roof-1");
    expect(overlaps(one)).toBe(false);
    expect(removeRoof(one, "roof-1")).toBe(one);
  });

  it("groups panels by the way their roofs face", () => {
    const two = addRoof(fresh(3), "Garage");
    const facing = { ...two, roofs: two.roofs.map((roof) => ({ ...roof, facing: "S" as const })) };
    const moved = move(facing, "p0", { roof: "roof-2", x: 0, y: 0 });
    expect(group(moved, "p0")).toBe(group(moved, "p1"));
    expect(group(two, "p0")).toBe("roof-1");
  });

  it("reads only what it wrote", () => {
    expect(read({ roofs: [], places: {} })).toEqual({ roofs: [], places: {} });
    expect(read({ roofs: 3 })).toBeUndefined();
    expect(read(null)).toBeUndefined();
  });
});

describe("what panels are coloured by", () => {
  const points: [number, number | null][] = [
    [0, 100],
    [600, 200],
    [1200, null],
    [1800, 60],
  ];

  it("holds a value until the next, but not for ever", () => {
    expect(valueAt(points, 599)).toBe(100);
    expect(valueAt(points, 600)).toBe(200);
    expect(valueAt(points, 1300)).toBeUndefined();
    expect(valueAt(points, 3600)).toBe(60);
    expect(valueAt(points, 9000)).toBeUndefined();
    expect(valueAt(points, -1)).toBeUndefined();
  });

  it("adds up energy, and nothing in gaps", () => {
    expect(energyUntil(points, 1200)).toBeCloseTo((100 * 600 + 200 * 600) / 3600);
    expect(energyUntil(points, 300)).toBeCloseTo((100 * 300) / 3600);
    expect(energyUntil([], 300)).toBeUndefined();
  });

  it("compares a panel with the median of its group", () => {
    const values = new Map([
      ["a", 100],
      ["b", 100],
      ["c", 70],
      ["d", 50],
    ]);
    const found = deviations(values, (id) => (id === "d" ? "east" : "south"));
    expect(found.get("c")).toBeCloseTo(-30);
    expect(found.get("a")).toBe(0);
    expect(found.has("d")).toBe(false);
  });

  it("marks who is silent among others, and nobody before sunrise", () => {
    const said = (...speaks: boolean[]) => new Map(speaks.map((one, index) => [`p${index}`, one]));
    expect(silent(said(true, false, true))).toEqual(new Set(["p1"]));
    expect(silent(said(false, false, true))).toEqual(new Set());
    expect(silent(said(false))).toEqual(new Set());
  });

  it("goes from night to gold", () => {
    expect(color(0, "power").fill).toContain("0%, #22335c");
    expect(color(1, "power")).toEqual({ fill: "color-mix(in oklab, #f3b94c 100%, #a9562f)", light: true });
    expect(color(0, "deviation").fill).toContain("0%, #4c5a7c");
    expect(scaleOf("deviation")).toContain("#a5301f, #4c5a7c");
  });

  it("has shades that end where the scale does", () => {
    expect(shade(150, "power", 300)).toBe(0.5);
    expect(shade(500, "power", 300)).toBe(1);
    expect(shade(-45, "deviation", 0)).toBe(-1);
    expect(shade(15, "deviation", 0)).toBe(0.5);
  });
});

describe("the time slider", () => {
  it("goes in steps of ten minutes to the end of the day, or to now", () => {
    expect(frames(0, 86_400)).toHaveLength(145);
    expect(frames(0, 1250)).toEqual([0, 600, 1200]);
    expect(frames(500, 500)).toEqual([500]);
  });

  it("comes back to the present at its end", () => {
    const moments = frames(0, 1800);
    expect(nextFrame(moments, undefined)).toBe(0);
    expect(nextFrame(moments, 600)).toBe(1200);
    expect(nextFrame(moments, 1200)).toBeUndefined();
  });
});

describe("the table", () => {
  const row = (id: string, power: number | undefined): Row => ({
    device: { subject: "inverter", id, title: id, values: {}, absent: {} },
    roof: "",
    power,
    energy: undefined,
    deviation: undefined,
    trouble: false,
  });
  const rows = [row("b", 5), row("a", undefined), row("c", 9)];

  it("sorts either way, with what is unknown last", () => {
    expect(sorted(rows, "power", false).map((one) => one.device.id)).toEqual(["b", "c", "a"]);
    expect(sorted(rows, "power", true).map((one) => one.device.id)).toEqual(["c", "b", "a"]);
    expect(sorted(rows, "id", false).map((one) => one.device.id)).toEqual(["a", "b", "c"]);
    expect(sorted(rows, "reported", true)).toHaveLength(3);
  });
});
