/** Which part of a span is looked at closely; undefined is the whole of it. */

import type { Span } from "../api/history";

export type Zoom = Span | undefined;

/** Closer than this there is nothing to see between two samples. */
const CLOSEST = 1800;

const length = ({ from, to }: Span) => to - from;

/** A part that lies within the whole; the whole itself is no zoom. */
function within(whole: Span, from: number, size: number): Zoom {
  if (size >= length(whole)) return undefined;
  const start = Math.min(Math.max(from, whole.from), whole.to - size);
  return { from: start, to: start + size };
}

/** What is left of a zoom when something else has chosen from and to. */
export function chosen(whole: Span, from: number, to: number): Zoom {
  return within(whole, from, Math.max(CLOSEST, to - from));
}

/** So many times closer, about a moment or the middle of what is seen. */
export function closer(whole: Span, zoom: Zoom, times: number, about?: number): Zoom {
  const seen = zoom ?? whole;
  const middle = about ?? (seen.from + seen.to) / 2;
  const size = Math.max(CLOSEST, length(seen) / times);
  return within(whole, middle - ((middle - seen.from) / length(seen)) * size, size);
}

/** Half of what is seen to the left (-1) or to the right (1). */
export function aside(whole: Span, zoom: Zoom, side: -1 | 1): Zoom {
  return zoom && within(whole, zoom.from + (side * length(zoom)) / 2, length(zoom));
}
