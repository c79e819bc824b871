/** What panels are coloured by. */

import type { Point } from "../../api/history";

export const MEASURES = ["power", "energy", "deviation"] as const;
export type Measure = (typeof MEASURES)[number];

/** Panels report every five to fifteen minutes; a value holds that long and a little more. */
const HOLDS = 1900;

/** The last value at or before a moment, unless it is too old to hold. */
export function valueAt(points: readonly Point[], at: number): number | undefined {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.[0] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const found = points[low - 1];
  return found === undefined || found[1] === null || at - found[0] > HOLDS ? undefined : found[1];
}

/** Watt-hours from the curve's start until a moment; gaps longer than a value holds give nothing. */
export function energyUntil(points: readonly Point[], at: number): number | undefined {
  let sum: number | undefined;
  for (const [index, [time, power]] of points.entries()) {
    if (time > at) break;
    if (power === null) continue;
    const until = Math.min(points[index + 1]?.[0] ?? at, at, time + HOLDS);
    sum = (sum ?? 0) + (power * Math.max(0, until - time)) / 3600;
  }
  return sum;
}

/** Which panels are silent while others speak: before sunrise all are, and nothing is wrong. */
export function silent(communicating: ReadonlyMap<string, boolean>): Set<string> {
  const quiet = [...communicating].filter(([, speaks]) => !speaks).map(([id]) => id);
  return new Set(quiet.length * 2 < communicating.size ? quiet : []);
}

function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Less than this and dusk decides more than the panel. */
const LITTLE = 10;

/** By how many percent each panel differs from the median of its group. */
export function deviations(values: ReadonlyMap<string, number>, groupOf: (id: string) => string): Map<string, number> {
  const groups = new Map<string, number[]>();
  for (const [id, value] of values) {
    const name = groupOf(id);
    groups.set(name, [...(groups.get(name) ?? []), value]);
  }
  const found = new Map<string, number>();
  for (const [id, value] of values) {
    const members = groups.get(groupOf(id)) ?? [];
    const middle = median(members);
    if (members.length > 2 && middle !== undefined && middle >= LITTLE) found.set(id, (value / middle - 1) * 100);
  }
  return found;
}

/** How far along the colour scale a value lies: 0 to 1, for deviations -1 to 1. */
export function shade(value: number, measure: Measure, largest: number): number {
  if (measure === "deviation") return Math.max(-1, Math.min(1, value / 30));
  return largest <= 0 ? 0 : Math.max(0, Math.min(1, value / largest));
}

/** From night over dusk to gold, ever lighter; for deviations from too little over slate to more than the others. */
const DAYLIGHT = ["#22335c", "#5d4a7d", "#a9562f", "#f3b94c"] as const;
const DEVIATION = ["#a5301f", "#4c5a7c", "#1f7a54"] as const;

/** The colour of a shade, and whether it is light enough for dark letters. */
export function color(shade: number, measure: Measure): { fill: string; light: boolean } {
  const stops = measure === "deviation" ? DEVIATION : DAYLIGHT;
  const share = measure === "deviation" ? (shade + 1) / 2 : shade;
  const place = Math.min(share * (stops.length - 1), stops.length - 1.000001);
  const index = Math.floor(place);
  const percent = Math.round((place - index) * 100);
  return {
    fill: `color-mix(in oklab, ${stops[index + 1] ?? ""} ${percent}%, ${stops[index] ?? ""})`,
    light: measure !== "deviation" && share > 0.7,
  };
}

export function scaleOf(measure: Measure): string {
  return `linear-gradient(90deg in oklab, ${(measure === "deviation" ? DEVIATION : DAYLIGHT).join(", ")})`;
}
