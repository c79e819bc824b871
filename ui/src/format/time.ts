/** Times as a person reads them, in the gateway's own time zone where one is given. */

import { locale } from "./units";

const SECOND = 1;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

type Step = "second" | "minute" | "hour" | "day";

/** How long ago, in the one unit that matters. */
export function elapsed(seconds: number): { count: number; unit: Step } {
  const age = Math.max(0, seconds);
  if (age < 90) return { count: Math.round(age / SECOND), unit: "second" };
  if (age < 90 * MINUTE) return { count: Math.round(age / MINUTE), unit: "minute" };
  if (age < 36 * HOUR) return { count: Math.round(age / HOUR), unit: "hour" };
  return { count: Math.round(age / DAY), unit: "day" };
}

/** `12 s`, `4 min`, `2 h`: for beside a number. */
export function age(seconds: number, language: string): string {
  const { count, unit } = elapsed(seconds);
  // British English writes "mins".
  return new Intl.NumberFormat(language === "en" ? "en" : locale(language), {
    style: "unit",
    unit,
    unitDisplay: unit === "second" ? "narrow" : "short",
  }).format(count);
}

/** `4 minutes ago`. */
export function ago(seconds: number, language: string): string {
  const { count, unit } = elapsed(seconds);
  return new Intl.RelativeTimeFormat(locale(language), { numeric: "auto" }).format(-count, unit);
}

function format(at: number, language: string, options: Intl.DateTimeFormatOptions, zone?: string): string {
  return new Intl.DateTimeFormat(locale(language), {
    ...options,
    ...(zone === undefined ? {} : { timeZone: zone }),
  }).format(at * 1000);
}

export function clock(at: number, language: string, zone?: string): string {
  return format(at, language, { hour: "2-digit", minute: "2-digit" }, zone);
}

export function day(at: number, language: string, zone?: string): string {
  return format(at, language, { weekday: "long", day: "numeric", month: "long" }, zone);
}

export function date(at: number, language: string, zone?: string): string {
  return format(at, language, { day: "numeric", month: "long", year: "numeric" }, zone);
}

export function shortDate(at: number, language: string, zone?: string): string {
  return format(at, language, { day: "numeric", month: "short" }, zone);
}

export function month(at: number, language: string, zone?: string): string {
  return format(at, language, { month: "long", year: "numeric" }, zone);
}

export function year(at: number, language: string, zone?: string): string {
  return format(at, language, { year: "numeric" }, zone);
}

export function moment(at: number, language: string, zone?: string): string {
  return format(
    at,
    language,
    { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
    zone,
  );
}
