/** The spans of time that history is looked at in. */

import { civil, midnight, span, type Period } from "../format/calendar";
import { day, month, shortDate, year } from "../format/time";
import type { Per, Span } from "../api/history";

export const PERIODS: readonly Period[] = ["day", "week", "month", "year", "all"];

/** Nothing that this program reads is older. */
const FIRST_YEAR = 2008;

/** The period that holds a moment. */
export function range(period: Period, at: number, zone?: string): Span {
  if (period !== "all") return span(period, at, 0, zone);
  const { year: current } = civil(at, zone);
  return { from: midnight(FIRST_YEAR, 1, 1, zone), to: midnight(current + 1, 1, 1, zone) };
}

/** The same period, one earlier. */
export function before(period: Period, { from }: Span, zone?: string): Span | undefined {
  return period === "all" ? undefined : span(period, from, 1, zone);
}

/** Into what energy is counted in each period; a day is shown as power. */
export const PER: Record<Period, Per> = { day: "hour", week: "day", month: "day", year: "month", all: "year" };

export function title(period: Period, { from, to }: Span, language: string, zone?: string): string {
  if (period === "day") return day(from, language, zone);
  if (period === "month") return month(from, language, zone);
  if (period === "year") return year(from, language, zone);
  if (period === "week") return `${shortDate(from, language, zone)} – ${shortDate(to - 3600, language, zone)}`;
  return "";
}

/** What a click on one bar of a period opens. */
export const WITHIN: Partial<Record<Period, Period>> = { all: "year", year: "month", month: "day", week: "day" };
