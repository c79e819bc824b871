/** Energy by hour, day, month or year: what was produced beside what was consumed, each with the part that the grid had in it. */

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

type Amounts = (number | null)[];

/** The two columns of a period, and which account is the grid's part of each. */
const COLUMNS = [
  { whole: "production", grid: "exported", tint: "sun" },
  { whole: "consumption", grid: "imported", tint: "house" },
] as const satisfies { whole: AccountName; grid: AccountName; tint: keyof Palette }[];

/** Divide a column into what stayed with the house and what the grid had in it; together they are the whole. */
export function divided(whole: Amounts, grid: Amounts): { here: Amounts; grid: Amounts } {
  const part = whole.map((all, index) => (all === null ? null : Math.min(all, grid[index] ?? 0)));
  return { here: whole.map((all, index) => (all === null ? null : all - (part[index] ?? 0))), grid: part };
}

const known = (amounts: Amounts) => amounts.some((amount) => amount !== null);

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
  const columns = COLUMNS.filter(({ whole }) => known(accounts[whole]));
  const largest = Math.max(100, ...columns.flatMap(({ whole }) => accounts[whole].map((value) => value ?? 0)));
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
      ...columns.flatMap(({ whole, grid, tint }) => {
        const parts = divided(accounts[whole], accounts[grid]);
        const column = { type: "bar", stack: whole, barMaxWidth: 26, barGap: "12%", barCategoryGap: "28%" };
        return [
          { ...column, itemStyle: { color: colors[tint] }, data: parts.here },
          { ...column, itemStyle: { color: faded(colors.grid, 0.55), borderRadius: [3, 3, 0, 0] }, data: parts.grid },
        ];
      }),
      ...(before === undefined
        ? []
        : columns.map(({ whole, tint }) => ({
            type: "line",
            step: "middle",
            silent: true,
            showSymbol: false,
            lineStyle: { color: colors[tint], width: 1.6, type: [3, 3] },
            data: before[whole].slice(0, accounts.at.length),
          }))),
    ],
  };
}
