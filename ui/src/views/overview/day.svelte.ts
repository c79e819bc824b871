/** Today's curve, asked for once and then carried on by what comes live. */

import { series, type Point } from "../../api/history";
import { span } from "../../format/calendar";
import { live } from "../../state/live.svelte";
import { site } from "../../state/site.svelte";

const NAMES = ["system.production_power", "system.consumption_power", "system.battery_power"] as const;
export type DaySeries = (typeof NAMES)[number];

export interface Day {
  from: number;
  to: number;
  today: Map<string, Point[]>;
  /** Yesterday's production, which tells when the sun rose and set. */
  yesterday: Point[];
  yesterdayFrom: number;
}

export async function loadDay(gateway: string): Promise<Day> {
  const { from, to } = span("day", live.now, 0, site.zone);
  const before = span("day", live.now, 1, site.zone);
  const [today, yesterday] = await Promise.all([
    series(gateway, [...NAMES], { from, to }, "300"),
    series(gateway, [NAMES[0]], before, "900"),
  ]);
  return { from, to, today, yesterday: yesterday.get(NAMES[0]) ?? [], yesterdayFrom: before.from };
}

/** The curve with the latest live value at its end. */
export function carriedOn(points: Point[], at: number | undefined, value: number | undefined): Point[] {
  const known = points.filter(([time]) => at === undefined || time <= at);
  return at === undefined || value === undefined ? known : [...known, [at, value]];
}
