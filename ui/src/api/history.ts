/** What was: curves, accounts, heat maps, findings, events. */

import { address, ask, Problem } from "./client";
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

export type Per = "hour" | "day" | "month" | "year";

/** The demonstration first makes a month of history; a large database is examined after a power cut. */
const PATIENCE = 200;
const PAUSE = 2000;

/** History may still be opening when the page is: ask again rather than fail. */
async function patiently<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "no_history" || attempt === PATIENCE) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

export function curves(gateway: string, series: string[], { from, to }: Span, step = "auto"): Promise<Curve[]> {
  return patiently(async () => {
    const query = { gateway, series, from, to, step };
    return (await ask<{ curves: Curve[] }>("history", { query })).curves;
  });
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

export function energy(gateway: string, per: Per, { from, to }: Span): Promise<Accounts> {
  return patiently(() => ask<Accounts>("energy", { query: { gateway, per, from, to } }));
}

export function heatMap(gateway: string, series: string, year: number): Promise<HeatMap> {
  return patiently(() => ask<HeatMap>("heatmap", { query: { gateway, series, year } }));
}

export function events(gateway: string, { from, to }: Span): Promise<Event[]> {
  return patiently(() => ask<Event[]>("events", { query: { gateway, from, to } }));
}

export function findings(gateway: string, { from, to }: Span): Promise<Finding[]> {
  return patiently(() => ask<Finding[]>("findings", { query: { gateway, from, to } }));
}
