/** What was: curves, accounts, heat maps, findings, events. */

import { address, ask, type Query } from "./client";
import type { Finding } from "./shapes";

/** Time and value; null where nothing is known. */
export type Point = [number, number | null];

export interface Span {
  from: number;
  to: number;
}

export interface Correction {
  code: string;
  text: string;
  since: number;
  until?: number;
}

export interface Curve {
  series: string;
  id: string;
  key: string;
  label: string;
  unit: string;
  at: number[];
  value: (number | string | boolean | null)[];
  energy?: (number | null)[];
  corrections?: Correction[];
}

export interface Accounts {
  at: number[];
  production: (number | null)[];
  consumption: (number | null)[];
  imported: (number | null)[];
  exported: (number | null)[];
  charged: (number | null)[];
  discharged: (number | null)[];
  total: Record<string, number | null>;
}

export interface HeatMap {
  unit: string;
  year: number;
  days: string[];
  rows: (number | null)[][];
}

export interface Event {
  kind: string;
  at: number;
  text: string;
  until?: number;
}

/** Seconds from one point of a day's powers to the next. */
export const STEP = 300;

export type Per = "hour" | "day" | "month" | "year";

export async function curves(
  gateway: string,
  series: string[],
  { from, to }: Span,
  step: number,
  signal?: AbortSignal,
): Promise<Curve[]> {
  return (await asked<{ curves: Curve[] }>("history", { gateway, series, from, to, step }, signal)).curves;
}

export function points(curve: Curve | undefined): Point[] {
  return (curve?.at ?? []).map((at, index) => {
    const value = curve?.value[index];
    return [at, typeof value === "number" ? value : null];
  });
}

export function csvAddress(gateway: string, series: string[], { from, to }: Span, step: string): string {
  return address("history.csv", { gateway, series, from, to, step });
}

export function energy(gateway: string, per: Per, { from, to }: Span, signal?: AbortSignal): Promise<Accounts> {
  return asked("energy", { gateway, per, from, to }, signal);
}

export function heatMap(gateway: string, series: string, year: number, signal?: AbortSignal): Promise<HeatMap> {
  return asked("heatmap", { gateway, series, year }, signal);
}

export function events(gateway: string, { from, to }: Span, signal?: AbortSignal): Promise<Event[]> {
  return asked("events", { gateway, from, to }, signal);
}

export function findings(gateway: string, { from, to }: Span, signal?: AbortSignal): Promise<Finding[]> {
  return asked("findings", { gateway, from, to }, signal);
}

function asked<Answer>(path: string, query: Query, signal: AbortSignal | undefined): Promise<Answer> {
  return ask(path, { query, ...(signal === undefined ? {} : { signal }) });
}
