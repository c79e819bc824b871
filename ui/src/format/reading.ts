/** One reading as text, whatever its quantity. */

import type { MetricRow, Reading, Scalar } from "../api/shapes";
import { moment } from "./time";
import { show, type Shown } from "./units";

export interface Tongue {
  language: string;
  /** The gateway's own time zone. */
  zone?: string | undefined;
  word: (key: string) => string;
}

export function showValue(value: Scalar, metric: MetricRow | undefined, tongue: Tongue): Shown {
  if (typeof value === "boolean") return { number: tongue.word(value ? "state.yes" : "state.no"), unit: "" };
  if (typeof value === "string") return { number: value, unit: "" };
  if (metric?.quantity === "time") return { number: moment(value, tongue.language, tongue.zone), unit: "" };
  return show(value, metric?.unit ?? "", tongue.language);
}

export function showReading(reading: Reading, metric: MetricRow | undefined, tongue: Tongue): Shown {
  return reading.text === undefined ? showValue(reading.value, metric, tongue) : { number: reading.text, unit: "" };
}
