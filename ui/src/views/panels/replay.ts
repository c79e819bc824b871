/** The moments at which a day is replayed. */

export const FRAME = 600;

/** Every ten minutes from the start of the day until its end, or until now. */
export function frames(from: number, to: number): number[] {
  return Array.from({ length: Math.max(1, Math.floor((to - from) / FRAME) + 1) }, (_, index) => from + index * FRAME);
}

/** What comes after a moment; undefined once the end is reached. */
export function nextFrame(moments: readonly number[], at: number | undefined): number | undefined {
  if (at === undefined) return moments[0];
  const next = moments.find((moment) => moment > at);
  return next === moments.at(-1) ? undefined : next;
}
