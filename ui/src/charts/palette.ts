/** The design system's colours, for those who draw on a canvas. */

const NAMES = [
  "paper",
  "sheet",
  "sunk",
  "line",
  "line-strong",
  "ink",
  "ink-soft",
  "sun",
  "house",
  "grid",
  "battery",
  "warn",
  "bad",
] as const;

export type Palette = Record<(typeof NAMES)[number], string> & { font: string };

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colors = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  return { ...(colors as Record<(typeof NAMES)[number], string>), font: style.getPropertyValue("--sans").trim() };
}

/** A colour with an opacity, for gradients. */
export function faded(hex: string, opacity: number): string {
  const part = (from: number) => parseInt(hex.slice(from, from + 2), 16);
  return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${opacity})`;
}
