import { describe, expect, it } from "vitest";
import { digits, scale, show, signed, text } from "./units";

describe("units scale", () => {
  it.each([
    [0, "W", "0", "W"],
    [0.4, "W", "0", "W"],
    [-0.4, "W", "0", "W"],
    [999, "W", "999", "W"],
    [999.6, "W", "1.00", "kW"],
    [1234, "W", "1.23", "kW"],
    [-2345, "W", "\u22122.35", "kW"],
    [12_345, "Wh", "12.3", "kWh"],
    [345_678, "Wh", "346", "kWh"],
    [34_700_000, "Wh", "34.7", "MWh"],
    [1_234_000_000, "Wh", "1.23", "GWh"],
    [2200, "VA", "2.20", "kVA"],
    [230.4, "V", "230", "V"],
    [20.26, "°C", "20.3", "°C"],
    [49.987, "Hz", "49.99", "Hz"],
    [7.25, "%", "7.3", "%"],
    [62.4, "%", "62", "%"],
    [0, "%", "0", "%"],
    [20, "", "20", ""],
    [0.987, "", "0.99", ""],
  ])("%f %s is %s %s", (value, unit, number, shown) => {
    expect(show(value, unit, "en")).toEqual({ number, unit: shown });
  });

  it("keeps one unit for an axis", () => {
    expect(scale(5200, "W")).toEqual({ factor: 1000, unit: "kW" });
    expect(scale(240, "V")).toEqual({ factor: 1, unit: "V" });
  });
});

describe("numbers follow the language", () => {
  it("has a comma in French and a narrow space before the unit", () => {
    expect(text(3421, "W", "fr")).toBe("3,42\u202fkW");
  });

  it("groups thousands as French does", () => {
    expect(digits(1_234_567, 0, "fr").replaceAll(/\s/g, " ")).toBe("1 234 567");
  });

  it("never says minus nothing", () => {
    expect(digits(-0.001, 2, "en")).toBe("0.00");
  });
});

it("says the sign of a difference, where one is left", () => {
  expect([3.26, 0.02, 0, -0.02, -3.26].map((value) => signed(value, 1, "fr"))).toEqual([
    "+3,3",
    "0,0",
    "0,0",
    "0,0",
    "\u22123,3",
  ]);
});
