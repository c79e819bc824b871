/** How much of the day is over, by what the roof itself saw of the sun. */

export interface Sunlight {
  rise: number;
  set: number;
}

/** Less than this is the inverters' own noise. */
const DAWN = 5;

/** First and last time at which the roof produced, in seconds after midnight. */
export function sunlight(points: readonly [number, number | null][], midnight: number): Sunlight | undefined {
  const lit = points.filter(([, power]) => power !== null && power > DAWN).map(([at]) => at - midnight);
  const rise = lit[0];
  const set = lit.at(-1);
  return rise === undefined || set === undefined || set - rise < 4 * 3600 ? undefined : { rise, set };
}

const USUAL: Sunlight = { rise: 6.5 * 3600, set: 20 * 3600 };

/** The share of today's daylight that is over: 0 at sunrise, 1 at sunset, undefined at night. */
export function daylight(secondOfDay: number, power: number | undefined, seen: Sunlight = USUAL): number | undefined {
  const share = (secondOfDay - seen.rise) / (seen.set - seen.rise);
  if (share >= 0 && share <= 1) return share;
  // The year goes on: today the sun may be up earlier or later than it was seen last.
  if (power !== undefined && power > DAWN) return share < 0 ? 0 : 1;
  return undefined;
}
