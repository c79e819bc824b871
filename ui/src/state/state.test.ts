import { beforeAll, describe, expect, it, vi } from "vitest";
import type { GatewayValues } from "../api/shapes";
import { midnight } from "../format/calendar";
import { fromText, toText } from "../views/settings/values";
import { merge } from "./merge";
import { before, range, title } from "./range";

const gateway = (serial: string, ...ids: string[]): GatewayValues => ({
  gateway: serial,
  name: serial,
  at: 0,
  condition: { state: "online", text: "online", since: 0 },
  equipment: ids.map((id) => ({ subject: "inverter", id, title: id, values: {}, absent: {} })),
  findings: [],
});

describe("values that come live", () => {
  it("leave equipment as it was that was not spoken of", () => {
    const merged = merge([gateway("1", "a", "b")], [{ ...gateway("1", "b", "c"), at: 9 }]);
    expect(merged).toHaveLength(1);
    expect(merged[0]?.at).toBe(9);
    expect(merged[0]?.equipment.map((one) => one.id)).toEqual(["a", "b", "c"]);
  });

  it("may bring another gateway", () => {
    expect(merge([gateway("1", "a")], [gateway("2", "x")]).map((one) => one.gateway)).toEqual(["1", "2"]);
  });
});

describe("places", () => {
  beforeAll(() => {
    vi.stubGlobal("location", { hash: "" });
    vi.stubGlobal("addEventListener", () => undefined);
  });

  it("are read from the address and written to it", async () => {
    const { link, parse } = await import("./route.svelte");
    const place = parse(link("panels", "48 2", { by: "energy" }));
    expect([place.view, place.detail, place.query.get("by")]).toEqual(["panels", "48 2", "energy"]);
    expect(parse("").view).toBe("overview");
    expect(parse("#/nowhere").view).toBe("overview");
  });
});

describe("spans of history", () => {
  const now = Date.parse("2026-06-18T10:00:00Z") / 1000;
  const zone = "Europe/Paris";

  it("hold the moment that is looked at", () => {
    const month = range("month", now, zone);
    expect(month).toEqual({ from: midnight(2026, 6, 1, zone), to: midnight(2026, 7, 1, zone) });
    expect(before("month", month, zone)?.from).toBe(midnight(2026, 5, 1, zone));
    expect(before("all", range("all", now, zone), zone)).toBeUndefined();
  });

  it("are called by their name", () => {
    expect(title("month", range("month", now, zone), "fr", zone)).toBe("juin 2026");
    expect(title("week", range("week", now, zone), "en", zone)).toBe("15 Jun – 21 Jun");
    expect(title("day", range("day", now, zone), "en", zone)).toMatch(/^Thursday,? 18 June$/);
  });
});

describe("settings in a form", () => {
  it("come back as they are", () => {
    expect(fromText(toText(["a", "b"]), { kind: "list" })).toEqual(["a", "b"]);
    expect(fromText("60", { kind: "number" })).toBe(60);
    expect(fromText("sixty", { kind: "number" })).toBe("sixty");
    expect(fromText("Europe/Paris", { kind: "text" })).toBe("Europe/Paris");
  });
});
