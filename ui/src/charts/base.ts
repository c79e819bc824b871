/** What all charts have in common: quiet axes, one font, a tooltip like the page's own cards. */

import type { Span } from "../api/history";
import { civil, midnight, secondOfDay } from "../format/calendar";
import { clock, shortDate } from "../format/time";
import { digits, scale } from "../format/units";
import type { Palette } from "./palette";

export function tooltip(colors: Palette): object {
  return {
    backgroundColor: colors.sheet,
    borderColor: colors.line,
    borderWidth: 1,
    padding: [8, 12],
    confine: true,
    textStyle: { color: colors.ink, fontFamily: colors.font, fontSize: 13 },
    extraCssText: "border-radius: 10px; box-shadow: none; font-variant-numeric: tabular-nums",
  };
}

export function quietAxis(colors: Palette): object {
  return {
    axisLine: { lineStyle: { color: colors["line-strong"] } },
    axisTick: { show: false },
    axisLabel: { color: colors["ink-soft"], fontFamily: colors.font, fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: colors.line } },
  };
}

/** A value axis in the one unit that suits its largest value. */
export function valueAxis(colors: Palette, largest: number, unit: string, language: string): object {
  const chosen = scale(largest, unit);
  const places = largest / chosen.factor < 4 && chosen.factor > 1 ? 1 : 0;
  return {
    type: "value",
    ...quietAxis(colors),
    axisLine: { show: false },
    axisLabel: {
      color: colors["ink-soft"],
      fontFamily: colors.font,
      fontSize: 12,
      formatter: (value: number) => `${digits(value / chosen.factor, places, language)} ${chosen.unit}`,
    },
  };
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Up to which span of time there is a mark how often. */
const STEPS = [
  [HOUR, HOUR / 6],
  [3 * HOUR, HOUR / 2],
  [8 * HOUR, HOUR],
  [1.5 * DAY, 3 * HOUR],
] as const;

/** Where a time axis is marked: at whole hours and days of the gateway's own clock. */
export function ticks(from: number, to: number, zone?: string): number[] {
  const span = to - from;
  const marks: number[] = [];
  if (span <= 3 * DAY) {
    const step = STEPS.find(([longest]) => span <= longest)?.[1] ?? 12 * HOUR;
    const first = Math.ceil(from) - (secondOfDay(Math.ceil(from), zone) % step);
    for (let at = first; at <= to; at += step) if (at >= from) marks.push(at);
    return marks;
  }
  const step = Math.max(1, Math.round(span / DAY / 10));
  const { year, month, day } = civil(from, zone);
  for (let index = 0; ; index += step) {
    const at = midnight(year, month, day + index, zone);
    if (at > to) return marks;
    if (at >= from) marks.push(at);
  }
}

/** A time axis in the gateway's own zone: ECharts itself knows the browser's only. */
export function timeAxis(colors: Palette, whole: Span, seen: Span, language: string, zone?: string): object {
  const customValues = ticks(seen.from, seen.to, zone).map((at) => at * 1000);
  return {
    type: "time",
    min: whole.from * 1000,
    max: whole.to * 1000,
    ...quietAxis(colors),
    splitLine: { show: false },
    axisTick: { show: true, customValues, length: 4, lineStyle: { color: colors["line-strong"] } },
    axisLabel: {
      color: colors["ink-soft"],
      fontFamily: colors.font,
      fontSize: 12,
      hideOverlap: true,
      customValues,
      formatter: (at: number) =>
        seen.to - seen.from <= 3 * DAY ? clock(at / 1000, language, zone) : shortDate(at / 1000, language, zone),
    },
  };
}

/** One line of a tooltip. */
export function line(color: string, name: string, value: string): string {
  return `<div style="display:flex;gap:1.2em;justify-content:space-between"><span><i style="display:inline-block;width:.6em;height:.6em;border-radius:2px;margin-right:.5em;background:${color}"></i>${name}</span><b style="font-weight:500">${value}</b></div>`;
}
