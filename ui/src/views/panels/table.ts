/** The table of panels and its order. */

import type { Device } from "../../api/shapes";

export interface Row {
  device: Device;
  roof: string;
  power: number | undefined;
  energy: number | undefined;
  deviation: number | undefined;
  trouble: boolean;
}

export type Column = "id" | "roof" | "power" | "energy" | "deviation" | "reported";

function cell(row: Row, column: Column): string | number | undefined {
  if (column === "id") return row.device.id;
  if (column === "reported") return Number(row.device.values["last_report"]?.value ?? NaN);
  return row[column];
}

/** Rows by one column; what has no value comes last either way. */
export function sorted(rows: readonly Row[], column: Column, down: boolean): Row[] {
  const absent = (value: string | number | undefined) => value === undefined || Number.isNaN(value);
  return [...rows].sort((one, other) => {
    const [a, b] = [cell(one, column), cell(other, column)];
    if (absent(a) || absent(b)) return Number(absent(a)) - Number(absent(b));
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    return down ? -order : order;
  });
}
