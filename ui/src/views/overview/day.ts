/** Today's curve, asked for every five minutes and carried on by what comes live. */

import { curves, points, STEP, type Point } from "../../api/history";
import { span } from "../../format/calendar";
import { live } from "../../state/live.svelte";
import { site } from "../../state/site.svelte";

const PRODUCTION = "system.production_power";
const NAMES = [PRODUCTION, "system.consumption_power", "system.battery_power"];

export interface Day {
  from: number;
  to: number;
  today: Map<string, Point[]>;
  /** Yesterday's production, which tells when the sun rose and set. */
  yesterday: Point[];
  yesterdayFrom: number;
}

export async function loadDay(gateway: string, signal: AbortSignal): Promise<Day> {
  const { from, to } = span("day", live.today, 0, site.zone);
  const before = span("day", live.today, 1, site.zone);
  const [today, yesterday] = await Promise.all([
    curves(gateway, NAMES, { from, to: live.today + STEP }, STEP, signal),
    curves(gateway, [PRODUCTION], before, 3 * STEP, signal),
  ]);
  return {
    from,
    to,
    today: new Map(today.map((curve) => [curve.series, points(curve)])),
    yesterday: points(yesterday[0]),
    yesterdayFrom: before.from,
  };
}

/** The curve with the latest live value at its end. */
export function carriedOn(known: Point[], at: number | undefined, value: number | undefined): Point[] {
  const before = known.filter(([time, power]) => (at === undefined || time <= at) && power !== null);
  return at === undefined || value === undefined ? before : [...before, [at, value]];
}
