/** The geometry of the energy-flow drawing, in the units of its viewBox. */

export interface Point {
  x: number;
  y: number;
}

export interface Scene {
  width: number;
  height: number;
  ground: number;
  houseScale: number;
  house: Point;
  battery: Point;
  grid: Point;
  sky: { center: Point; rx: number; ry: number };
}

export const WIDE: Scene = {
  width: 640,
  height: 470,
  ground: 352,
  houseScale: 1.1,
  house: { x: 322, y: 352 },
  battery: { x: 84, y: 352 },
  grid: { x: 560, y: 352 },
  sky: { center: { x: 322, y: 236 }, rx: 226, ry: 176 },
};

export const NARROW: Scene = {
  width: 400,
  height: 478,
  ground: 318,
  houseScale: 0.74,
  house: { x: 200, y: 318 },
  battery: { x: 62, y: 318 },
  grid: { x: 340, y: 318 },
  sky: { center: { x: 200, y: 178 }, rx: 138, ry: 118 },
};

export function scene(width: number): Scene {
  return width < 560 ? NARROW : WIDE;
}

/** Where the sun stands when this share of the day is over. */
export function sunAt({ sky }: Scene, daylight: number): Point {
  const angle = Math.PI * (1 - Math.min(1, Math.max(0, daylight)));
  return { x: sky.center.x + sky.rx * Math.cos(angle), y: sky.center.y - sky.ry * Math.sin(angle) };
}

/** Where the moon stands. */
export function moonAt({ width }: Scene): Point {
  return { x: width * 0.74, y: 74 };
}

export interface Label {
  at: Point;
  side: "left" | "right" | "above";
}

/** How far from the middle of sun or moon their figures begin. */
const RIM = 52;
/** Below this share of its height the sun is near the rim of the picture. */
const LOW = 0.7;

/** The sun's figures stand where neither house nor rim of the picture is in the way. */
export function labelOf(place: Scene, sun: Point | undefined): Label {
  const { x, y } = sun ?? moonAt(place);
  if (sun !== undefined && place.sky.center.y - y < LOW * place.sky.ry) return { at: { x, y: y - RIM }, side: "above" };
  const outwards = x < place.sky.center.x ? "left" : "right";
  const inwards = outwards === "left" ? "right" : "left";
  const side = sun === undefined || place === NARROW ? inwards : outwards;
  return { at: { x: x + (side === "right" ? RIM : -RIM), y }, side };
}

/** The middle of the roof, where light becomes current. */
export function roof({ house, houseScale }: Scene): Point {
  return { x: house.x + 34 * houseScale, y: house.y - 113 * houseScale };
}

/** The ray from the sun's rim to the roof. */
export function ray(from: Scene, sun: Point): string {
  const to = roof(from);
  const length = Math.hypot(to.x - sun.x, to.y - sun.y);
  const rim = 40 / length;
  return `M${round(sun.x + (to.x - sun.x) * rim)} ${round(sun.y + (to.y - sun.y) * rim)}L${round(to.x)} ${round(to.y)}`;
}

const DEPTH = 34;
const BEND = 12;

/** A cable in the ground, from the foot of one thing to the foot of the house. */
export function cable(place: Scene, from: number): string {
  const side = from < place.house.x ? -1 : 1;
  const foot = place.house.x + side * 42 * place.houseScale;
  const top = place.ground;
  const low = top + DEPTH;
  return [
    `M${from} ${top}V${low - BEND}`,
    `Q${from} ${low} ${from - side * BEND} ${low}`,
    `H${round(foot + side * BEND)}`,
    `Q${round(foot)} ${low} ${round(foot)} ${low - BEND}`,
    `V${top}`,
  ].join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export interface Flow {
  /** 1 towards the house, -1 away from it, 0 still. */
  direction: -1 | 0 | 1;
  /** Width of the line. */
  width: number;
  /** Seconds in which a spark moves on by one gap. */
  period: number;
}

/** Below this many watts nothing worth drawing moves. */
const STILL = 8;
const FULL = 6000;
export const GAP = 16;

/** How a power looks on its path; positive runs towards the house. */
export function flow(power: number | undefined): Flow {
  if (power === undefined || Math.abs(power) < STILL) return { direction: 0, width: 2, period: 0 };
  const strength = Math.sqrt(Math.min(1, Math.abs(power) / FULL));
  return {
    direction: power > 0 ? 1 : -1,
    width: round(2.5 + 3.5 * strength),
    period: round2(GAP / (10 + 62 * strength)),
  };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
