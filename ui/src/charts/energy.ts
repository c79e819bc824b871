/** Energy by hour, day, month or year: what came in above the line, what went out below it. */

import type { Accounts, Per } from "../api/history";
import { clock, date, month, year } from "../format/time";
import { locale, text } from "../format/units";
import { line, quietAxis, tooltip, valueAxis } from "./base";
import type { EChartsCoreOption } from "./echarts";
import { faded, type Palette } from "./palette";

export interface Bars {
  accounts: Accounts;
  before: Accounts | undefined;
  per: Per;
  shown: AccountName[];
  names: Record<AccountName, string>;
  language: string;
  zone: string | undefined;
}

export const ACCOUNTS = ["production", "consumption", "imported", "exported", "charged", "discharged"] as const;
export type AccountName = (typeof ACCOUNTS)[number];

/** Above the line what the house could use, below it what it used or gave away. */
const BELOW: ReadonlySet<AccountName> = new Set(["consumption", "exported", "charged"]);
const STACK: Record<AccountName, string> = {
  production: "own",
  consumption: "own",
  imported: "grid",
  exported: "grid",
  charged: "battery",
  discharged: "battery",
};

export function colorOf(account: AccountName, colors: Palette): string {
  if (account === "production") return colors.sun;
  if (account === "consumption") return colors.house;
  if (account === "imported" || account === "exported") return colors.grid;
  return colors.battery;
}

export function tick(at: number, per: Per, language: string, zone: string | undefined): string {
  const options: Record<Per, Intl.DateTimeFormatOptions> = {
    hour: { hour: "2-digit" },
    day: { day: "numeric", month: "short" },
    month: { month: "short" },
    year: { year: "numeric" },
  };
  const chosen = zone === undefined ? options[per] : { ...options[per], timeZone: zone };
  return new Intl.DateTimeFormat(locale(language), chosen).format(at * 1000);
}

function heading(at: number, per: Per, language: string, zone: string | undefined): string {
  if (per === "hour") return clock(at, language, zone);
  if (per === "day") return date(at, language, zone);
  return per === "month" ? month(at, language, zone) : year(at, language, zone);
}

export function energyOption(bars: Bars, colors: Palette): EChartsCoreOption {
  const { accounts, before, per, shown, names, language, zone } = bars;
  const largest = Math.max(100, ...shown.flatMap((name) => accounts[name].map((value) => value ?? 0)));
  const sign = (name: AccountName) => (BELOW.has(name) ? -1 : 1);
  const signed = (values: (number | null)[], name: AccountName) =>
    values.map((value) => (value === null ? null : sign(name) * value));
  return {
    grid: { left: 64, right: 12, top: 14, bottom: 28 },
    xAxis: {
      type: "category",
      data: accounts.at.map((at) => tick(at, per, language, zone)),
      ...quietAxis(colors),
      axisLine: { onZero: false, lineStyle: { color: colors["line-strong"] } },
    },
    yAxis: { ...valueAxis(colors, largest, "Wh", language), splitNumber: 5 },
    tooltip: {
      ...tooltip(colors),
      trigger: "axis",
      axisPointer: { type: "shadow", shadowStyle: { color: faded(colors["line-strong"], 0.16) } },
      formatter: (items: { dataIndex: number }[]) => {
        const index = items[0]?.dataIndex ?? 0;
        const rows = shown.map((name) => {
          const value = accounts[name][index];
          return value === null || value === undefined
            ? ""
            : line(colorOf(name, colors), names[name], text(value, "Wh", language));
        });
        const at = accounts.at[index];
        return `<div style="opacity:.75">${at === undefined ? "" : heading(at, per, language, zone)}</div>${rows.join("")}`;
      },
    },
    series: [
      ...shown.map((name) => ({
        type: "bar",
        name: names[name],
        stack: STACK[name],
        barMaxWidth: 26,
        barGap: "12%",
        barCategoryGap: "28%",
        itemStyle: {
          color: STACK[name] === "own" ? colorOf(name, colors) : faded(colorOf(name, colors), 0.55),
          borderRadius: BELOW.has(name) ? [0, 0, 3, 3] : [3, 3, 0, 0],
        },
        data: signed(accounts[name], name),
      })),
      ...(before === undefined
        ? []
        : shown.slice(0, 2).map((name) => ({
            type: "line",
            step: "middle",
            silent: true,
            showSymbol: false,
            lineStyle: { color: colors.ink, width: 1.2, type: [3, 3], opacity: 0.7 },
            data: signed(before[name].slice(0, accounts.at.length), name),
          }))),
    ],
  };
}
