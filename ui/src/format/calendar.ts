/** Days, weeks, months and years of a time zone; right on days of 23 and 25 hours. */

export type Period = "day" | "week" | "month" | "year" | "all";

interface Civil {
  year: number;
  month: number;
  day: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string | undefined): Intl.DateTimeFormat {
  const key = zone ?? "";
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat("en-GB", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      ...(zone === undefined ? {} : { timeZone: zone }),
    });
    formats.set(key, found);
  }
  return found;
}

function parts(at: number, zone: string | undefined): Record<string, number> {
  return Object.fromEntries(
    format(zone)
      .formatToParts(at * 1000)
      .map(({ type, value }) => [type, Number(value)]),
  );
}

export function civil(at: number, zone?: string): Civil {
  const { year = 1970, month = 1, day = 1 } = parts(at, zone);
  return { year, month, day };
}

/** Seconds since midnight on the clock of the zone. */
export function secondOfDay(at: number, zone?: string): number {
  const { hour = 0, minute = 0, second = 0 } = parts(at, zone);
  return hour * 3600 + minute * 60 + second;
}

/** By how many seconds the zone is ahead of UTC at a moment. */
function offset(at: number, zone: string | undefined): number {
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - Math.floor(at);
}

/** When a day of the calendar begins; month and day may run over. */
export function midnight(year: number, month: number, day: number, zone?: string): number {
  const utc = Date.UTC(year, month - 1, day) / 1000;
  const guess = utc - offset(utc, zone);
  return utc - offset(guess, zone);
}

/** The span of a period that lies `back` periods before the one that holds `at`. */
export function span(
  period: Exclude<Period, "all">,
  at: number,
  back: number,
  zone?: string,
): { from: number; to: number } {
  const { year, month, day } = civil(at, zone);
  if (period === "year") return { from: midnight(year - back, 1, 1, zone), to: midnight(year - back + 1, 1, 1, zone) };
  if (period === "month") {
    return { from: midnight(year, month - back, 1, zone), to: midnight(year, month - back + 1, 1, zone) };
  }
  if (period === "day")
    return { from: midnight(year, month, day - back, zone), to: midnight(year, month, day - back + 1, zone) };
  const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
  const monday = day - weekday - 7 * back;
  return { from: midnight(year, month, monday, zone), to: midnight(year, month, monday + 7, zone) };
}
