/** Before the pictures: the demonstration with its month of history, its panels laid out on two roofs. */

import { spawnSync } from "node:child_process";
import { start, type Program } from "./programs";

const NOON_IN_JUNE = "@2026-06-18 10:40:00";
const PATIENCE = 30 * 60_000;

interface Device {
  id: string;
}

export default async function demonstration(): Promise<() => Promise<void>> {
  // A demonstration that runs already may be used: its history takes a while to make.
  const running = process.env["HELIOGRAPH_URL"];
  const program = running === undefined ? await begin() : undefined;
  const url = process.env["HELIOGRAPH_URL"] ?? "";
  const end = Date.now() + PATIENCE;
  // While its history is laid down, only the latest days can be seen, and nothing can be kept.
  while (!(await laidOut(url))) {
    if (Date.now() > end) throw new Error("the demonstration's history was not made in time");
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return async () => program?.stop();
}

async function begin(): Promise<Program> {
  const faked = spawnSync("faketime", ["--version"]).error === undefined;
  const demo = ["demo", "--port", "0", "--lang", "en"];
  const env = { FAKETIME_DONT_FAKE_MONOTONIC: "1", TZ: "UTC" };
  const ready = /is at (http\S+)/;
  const [program, found] = faked
    ? await start("faketime", ["-f", NOON_IN_JUNE, ".venv/bin/heliograph", ...demo], env, ready)
    : await start(".venv/bin/heliograph", demo, env, ready);
  process.env["HELIOGRAPH_URL"] = found[1] ?? "";
  return program;
}

async function laidOut(url: string): Promise<boolean> {
  const values = (await (await fetch(`${url}/api/v1/values?subject=inverter`)).json()) as {
    gateways: { gateway: string; equipment: Device[] }[];
  };
  const layout = values.gateways.map(({ gateway, equipment }) => {
    const places = equipment.map(({ id }, index) => {
      const [nth, east] = [Math.floor(index / 2), index % 2 === 0];
      const row = Math.floor(nth / 4);
      return [id, { roof: east ? "roof-1" : "roof-2", x: (nth % 4) * 2 + (row === 2 ? 2 : 0), y: row * 3 }];
    });
    const roofs = [
      { id: "roof-1", name: "Garage", facing: "E" },
      { id: "roof-2", name: "Pergola", facing: "W" },
    ];
    return [gateway, { roofs, places: Object.fromEntries(places) as object }];
  });
  const kept = await fetch(`${url}/api/v1/layout`, {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(Object.fromEntries(layout)),
  });
  return kept.ok;
}
