/** The curve of a day: what the sun gave as a hill, what the house took as a line over it. */

import type { Point } from "../api/history";
import { clock } from "../format/time";
import { text } from "../format/units";
import { line, timeAxis, tooltip, valueAxis } from "./base";
import type { EChartsCoreOption } from "./echarts";
import { faded, type Palette } from "./palette";

export interface Curve {
  name: string;
  kind: "sun" | "house" | "battery" | "grid";
  points: Point[];
}

interface Frame {
  from: number;
  to: number;
  language: string;
  zone: string | undefined;
}

export function dayOption(curves: Curve[], frame: Frame, colors: Palette): EChartsCoreOption {
  const largest = Math.max(500, ...curves.flatMap(({ points }) => points.map(([, value]) => Math.abs(value ?? 0))));
  return {
    grid: { left: 56, right: 12, top: 14, bottom: 28 },
    xAxis: { ...timeAxis(colors, frame.from, frame.to, frame.language, frame.zone), minInterval: 3 * 3_600_000 },
    yAxis: { ...valueAxis(colors, largest, "W", frame.language), splitNumber: 4 },
    tooltip: {
      ...tooltip(colors),
      trigger: "axis",
      axisPointer: { lineStyle: { color: colors["line-strong"] } },
      formatter: (items: { seriesIndex: number; value: [number, number | null] }[]) =>
        explain(items, curves, frame, colors),
    },
    series: curves.map((curve) => ({
      type: "line",
      name: curve.name,
      showSymbol: false,
      smooth: 0.2,
      smoothMonotone: "x",
      lineStyle: { width: curve.kind === "sun" ? 1.5 : curve.kind === "house" ? 1.8 : 1.3, color: colors[curve.kind] },
      itemStyle: { color: colors[curve.kind] },
      ...(curve.kind === "sun"
        ? {
            areaStyle: {
              color: {
                type: "linear",
                x: 0,
                y: 0,
                x2: 0,
                y2: 1,
                colorStops: [
                  { offset: 0, color: faded(colors.sun, 0.55) },
                  { offset: 1, color: faded(colors.sun, 0.06) },
                ],
              },
            },
          }
        : {}),
      data: curve.points.map(([at, value]) => [at * 1000, value]),
    })),
  };
}

function explain(
  items: { seriesIndex: number; value: [number, number | null] }[],
  curves: Curve[],
  frame: Frame,
  colors: Palette,
): string {
  const at = items[0]?.value[0];
  if (at === undefined) return "";
  const lines = items.map(({ seriesIndex, value: [, value] }) => {
    const curve = curves[seriesIndex];
    if (curve === undefined || value === null) return "";
    return line(colors[curve.kind], curve.name, text(value, "W", frame.language));
  });
  return `<div style="opacity:.75">${clock(at / 1000, frame.language, frame.zone)}</div>${lines.join("")}`;
}
