/** What was: series, accounts and heat maps. */

import { ask } from "./client";

/** Time and value; null where nothing was measured. */
export type Point = [number, number | null];

export interface Span {
  from: number;
  to: number;
}

interface Curve {
  series: string;
  at: number[];
  value: (number | null)[];
}

/** Several series over one span, by name: `system.production_power`, `inverter.power:482…`. */
export async function series(
  gateway: string,
  names: string[],
  span: Span,
  step: string,
  signal?: AbortSignal,
): Promise<Map<string, Point[]>> {
  const answer = await ask<{ series: Curve[] }>("history", {
    query: { gateway, series: names, from: span.from, to: span.to, step },
    ...(signal === undefined ? {} : { signal }),
  });
  return new Map(answer.series.map((one) => [one.series, one.at.map((at, index) => [at, one.value[index] ?? null])]));
}
