/** Powers over a span, with what happened in it: outages as bands, firmware changes as lines, corrections as a rail. */

import type { Correction, Event, Point, Span } from "../api/history";
import { clock, shortDate } from "../format/time";
import { text } from "../format/units";
import { line, timeAxis, tooltip, valueAxis } from "./base";
import type { EChartsCoreOption } from "./echarts";
import { faded, type Palette } from "./palette";
import type { Zoom } from "./zoom";

export type Tint = "sun" | "house" | "battery" | "grid" | "ink-soft";

export interface PowerCurve {
  name: string;
  tint: Tint;
  unit: string;
  points: Point[];
  filled?: boolean;
  /** The same, one period earlier. */
  earlier?: boolean;
  corrections?: Correction[];
}

export interface Frame extends Span {
  language: string;
  zone: string | undefined;
  events?: Event[];
  /** Given where one may look closer. */
  zoom?: { seen: Zoom };
}

interface Item {
  seriesIndex: number;
  value: [number, number | null];
}

export function powerOption(curves: PowerCurve[], frame: Frame, colors: Palette): EChartsCoreOption {
  const { from, to } = frame.zoom?.seen ?? frame;
  const unit = curves[0]?.unit ?? "W";
  const values = curves.flatMap(({ points }) => points.map(([, value]) => Math.abs(value ?? 0)));
  return {
    grid: { left: 64, right: 12, top: 14, bottom: 28 },
    xAxis: timeAxis(colors, frame, { from, to }, frame.language, frame.zone),
    yAxis: {
      ...valueAxis(colors, Math.max(unit === "W" ? 100 : 1, ...values), unit, frame.language),
      splitNumber: 4,
      scale: unit !== "W" && unit !== "Wh" && unit !== "%",
    },
    dataZoom:
      frame.zoom === undefined
        ? []
        : [
            {
              type: "inside",
              filterMode: "none",
              zoomOnMouseWheel: "ctrl",
              // While the whole is seen, a finger scrolls the page.
              moveOnMouseMove: frame.zoom.seen !== undefined,
              startValue: from * 1000,
              endValue: to * 1000,
            },
          ],
    tooltip: {
      ...tooltip(colors),
      trigger: "axis",
      axisPointer: { lineStyle: { color: colors["line-strong"] } },
      formatter: (items: Item[]) => explain(items, curves, frame, colors),
    },
    series: curves.map((curve, index) => ({
      type: "line",
      id: curve.name,
      name: curve.name,
      showSymbol: false,
      smooth: 0.15,
      smoothMonotone: "x",
      connectNulls: false,
      silent: curve.earlier === true,
      z: curve.earlier === true ? 1 : 2,
      lineStyle: {
        width: curve.filled === true ? 1.4 : 1.7,
        color: colors[curve.tint],
        ...(curve.earlier === true ? { type: [3, 4], width: 1.2, opacity: 0.8 } : {}),
      },
      itemStyle: { color: colors[curve.tint] },
      ...(curve.filled === true ? { areaStyle: { color: glow(colors[curve.tint]) } } : {}),
      ...(index === 0 ? marks(frame, curves, colors) : {}),
      data: curve.points.map(([at, value]) => [at * 1000, value]),
    })),
  };
}

function glow(color: string): object {
  const stops = [
    { offset: 0, color: faded(color, 0.55) },
    { offset: 1, color: faded(color, 0.06) },
  ];
  return { type: "linear", x: 0, y: 0, x2: 0, y2: 1, colorStops: stops };
}

/** After these, numbers may mean something else than before. */
const TURNING_POINTS: ReadonlySet<string> = new Set(["firmware_changed", "replaced"]);

function marks(frame: Frame, curves: PowerCurve[], colors: Palette): object {
  const events = frame.events ?? [];
  const outages = events.filter((event) => event.kind === "away");
  const moments = events.filter((event) => TURNING_POINTS.has(event.kind));
  const corrected = curves.flatMap((curve) => curve.corrections ?? []);
  const clip = (at: number) => Math.min(frame.to, Math.max(frame.from, at)) * 1000;
  const band = (from: number, to: number, color: string) => [
    { xAxis: clip(from), itemStyle: { color } },
    { xAxis: clip(to) },
  ];
  return {
    markArea: {
      silent: true,
      data: [
        ...outages.map((event) => band(event.at, event.until ?? frame.to, faded(colors.bad, 0.12))),
        ...corrected.map((one) => band(one.since, one.until ?? frame.to, faded(colors.sun, 0.1))),
      ],
    },
    markLine: {
      silent: true,
      symbol: "none",
      label: { show: false },
      lineStyle: { color: colors.ink, width: 1, type: [2, 3] },
      data: moments.map((event) => ({ xAxis: event.at * 1000 })),
    },
  };
}

function explain(items: Item[], curves: PowerCurve[], frame: Frame, colors: Palette): string {
  const at = (items[0]?.value[0] ?? 0) / 1000;
  const lines = items.map(({ seriesIndex, value: [, value] }) => {
    const curve = curves[seriesIndex];
    return curve === undefined || value === null
      ? ""
      : line(colors[curve.tint], curve.name, text(value, curve.unit, frame.language));
  });
  const when = [
    frame.to - frame.from > 90_000 ? shortDate(at, frame.language, frame.zone) : "",
    clock(at, frame.language, frame.zone),
  ];
  return `<div style="opacity:.75">${when.join(" ")}</div>${lines.join("")}`;
}
