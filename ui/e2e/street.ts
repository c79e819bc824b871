/** Before all tests: a street of emulated gateways, and one service that reads most of them. */

import { service, start, type Neighbour } from "./programs";

/** Left for the tests of the wizard. */
const UNREAD = new Set(["digest", "token"]);

export default async function street(): Promise<() => Promise<void>> {
  const [gateways, found] = await start("python", ["tests/ui/street.py"], {}, /^(\[.*\])\n/m);
  const neighbours = JSON.parse(found[1] ?? "[]") as Neighbour[];
  const reader = await service();
  for (const one of neighbours.filter(({ name }) => !UNREAD.has(name))) {
    const answer = await fetch(`${reader.url}/api/v1/gateways`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ host: one.host, name: one.name, credentials: { token: one.token } }),
    });
    if (!answer.ok) throw new Error(`${one.name}: ${await answer.text()}`);
  }
  await until(async () => {
    const values = (await (await fetch(`${reader.url}/api/v1/values`)).json()) as { gateways: unknown[] };
    return values.gateways.length === neighbours.length - UNREAD.size;
  });
  process.env["HELIOGRAPH_URL"] = reader.url;
  process.env["HELIOGRAPH_STREET"] = JSON.stringify(neighbours);
  return async () => {
    await reader.stop();
    await gateways.stop();
  };
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await done())) {
    if (Date.now() > end) throw new Error("the gateways were not read in time");
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
