/** What happens at this moment, as the one sentence a person would say. */

import type { Word } from "../../words/index.svelte";

export interface Moment {
  production: number | undefined;
  consumption: number | undefined;
  /** + from the grid */
  net: number | undefined;
  /** + discharging */
  battery: number | undefined;
  night: boolean;
  offGrid: boolean;
}

const LITTLE = 40;

export function mood({
  production,
  consumption,
  net,
  battery,
  night,
  offGrid,
}: Moment): Extract<Word, `mood.${string}`> {
  const sun = production ?? 0;
  const charging = (battery ?? 0) < -LITTLE;
  const discharging = (battery ?? 0) > LITTLE;
  if (production === undefined && consumption === undefined) return "mood.none";
  if (offGrid) return "mood.island";
  if (sun <= LITTLE) {
    if (consumption === undefined) return "mood.resting";
    const carried = discharging && (net ?? 0) < LITTLE;
    if (carried) return night ? "mood.night.battery" : "mood.battery";
    return night ? "mood.night" : "mood.grid";
  }
  if (consumption === undefined || net === undefined) return "mood.production";
  if (net < -LITTLE) return charging ? "mood.exporting.charging" : "mood.exporting";
  if (net <= LITTLE) return charging ? "mood.charging" : discharging ? "mood.battery" : "mood.balanced";
  return discharging ? "mood.importing.battery" : "mood.importing";
}

/** How much of the house the roof and its battery carry, in percent. */
export function covered({ consumption, net }: Moment): number | undefined {
  if (consumption === undefined || net === undefined || consumption <= 0) return undefined;
  return Math.max(0, Math.min(100, (1 - Math.max(0, net) / consumption) * 100));
}
