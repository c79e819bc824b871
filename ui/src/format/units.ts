/** Numbers as a person reads them: three significant figures, the unit that fits, the reader's own digits. */

export interface Shown {
  number: string;
  unit: string;
}

const LOCALES: Record<string, string> = { fr: "fr-FR", en: "en-GB" };

export function locale(language: string): string {
  return LOCALES[language] ?? "en-GB";
}

/** Narrow no-break space between number and unit (ISO 80000), never broken over a line. */
export const THIN = "\u202f";
export const MINUS = "\u2212";

const SCALED = new Set(["W", "Wh", "VA", "var"]);

/** The prefix that suits a magnitude, and what it divides by. Kept for a whole axis by passing its largest value. */
export function scale(largest: number, unit: string): { factor: number; unit: string } {
  if (!SCALED.has(unit)) return { factor: 1, unit };
  const size = Math.abs(largest);
  if (size >= 999_500_000) return { factor: 1e9, unit: `G${unit}` };
  if (size >= 999_500) return { factor: 1e6, unit: `M${unit}` };
  if (size >= 999.5) return { factor: 1e3, unit: `k${unit}` };
  return { factor: 1, unit };
}

function decimals(value: number, unit: string, factor: number): number {
  if (unit === "%") return value !== 0 && Math.abs(value) < 10 ? 1 : 0;
  if (unit === "V") return 0;
  if (unit === "°C") return 1;
  if (unit === "Hz" || unit === "A" || unit === "") return 2;
  if (factor === 1) return 0;
  const size = Math.abs(value) / factor;
  return size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
}

const formats = new Map<string, Intl.NumberFormat>();

export function digits(value: number, places: number, language: string): string {
  const key = `${language}/${places}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale(language), { minimumFractionDigits: places, maximumFractionDigits: places });
    formats.set(key, format);
  }
  const text = format.format(value);
  // A rounded "-0" says a direction that is not there.
  return (/[1-9]/.test(text) ? text : text.replace("-", "")).replace("-", MINUS);
}

/** The same with its sign, where anything is left of it. */
export function signed(value: number, places: number, language: string): string {
  const text = digits(value, places, language);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A value in the unit that suits it. */
export function show(value: number, unit: string, language: string): Shown {
  const chosen = scale(value, unit);
  const places = unit === "" && Number.isInteger(value) ? 0 : decimals(value, unit, chosen.factor);
  return { number: digits(value / chosen.factor, places, language), unit: chosen.unit };
}

/** The same as one text: `3,42 kW`. */
export function text(value: number, unit: string, language: string): string {
  const shown = show(value, unit, language);
  return shown.unit === "" ? shown.number : `${shown.number}${THIN}${shown.unit}`;
}
