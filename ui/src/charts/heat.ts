/** A year as a carpet: one column a day, one row an hour. */

import type { HeatMap } from "../api/history";
import { locale, text } from "../format/units";
import { quietAxis, tooltip } from "./base";
import type { EChartsCoreOption } from "./echarts";
import { faded, type Palette } from "./palette";

export function heatOption(map: HeatMap, tint: "sun" | "house", language: string, colors: Palette): EChartsCoreOption {
  const cells: [number, number, number][] = [];
  let largest = 1;
  map.rows.forEach((row, day) =>
    row.forEach((value, hour) => {
      if (value === null) return;
      cells.push([day, hour, value]);
      largest = Math.max(largest, value);
    }),
  );
  const noon = (iso: string) => new Date(`${iso}T12:00:00`);
  const month = new Intl.DateTimeFormat(locale(language), { month: "short" });
  const full = new Intl.DateTimeFormat(locale(language), { day: "numeric", month: "long" });
  return {
    animation: false,
    grid: { left: 44, right: 8, top: 8, bottom: 28 },
    xAxis: {
      type: "category",
      data: map.days,
      ...quietAxis(colors),
      axisLabel: {
        color: colors["ink-soft"],
        fontFamily: colors.font,
        hideOverlap: true,
        interval: (_: number, iso: string) => iso.endsWith("-15"),
        formatter: (iso: string) => month.format(noon(iso)),
      },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: Array.from({ length: 24 }, (_, hour) => hour),
      ...quietAxis(colors),
      axisLabel: {
        color: colors["ink-soft"],
        fontFamily: colors.font,
        interval: (hour: number) => hour % 6 === 0,
        formatter: (hour: number) => `${String(hour).padStart(2, "0")}:00`,
      },
    },
    visualMap: {
      show: false,
      min: 0,
      max: largest,
      inRange: { color: [faded(colors[tint], 0.05), faded(colors[tint], 0.45), colors[tint]] },
    },
    tooltip: {
      ...tooltip(colors),
      formatter: ({ value: [day, hour, amount] }: { value: [number, number, number] }) =>
        `<div style="opacity:.75">${full.format(noon(map.days[day] ?? ""))}, ${String(hour).padStart(2, "0")}:00</div>${text(amount, map.unit, language)}`,
    },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderRadius: 1 }, progressive: 0 }],
  };
}
