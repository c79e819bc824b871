import { describe, expect, it } from "vitest";
import { problems } from "./problems";

const damaged = "The history file was damaged; it was set aside as history.db.damaged-1 in /data.";

describe("problems of the service", () => {
  it("are shown while they last, in the words of the service", () => {
    const parts = [
      { name: "web", ok: true },
      { name: "history", ok: true, problem: "over" },
      { name: "damaged history", ok: false, problem: damaged },
      { name: "output mqtt", ok: false },
    ];
    expect(problems({ ok: false, parts })).toEqual([damaged]);
  });

  it("are none where nothing is known", () => {
    expect(problems(undefined)).toEqual([]);
    expect(problems({ ok: true, parts: [{ name: "web", ok: true }] })).toEqual([]);
  });
});
