/** Where panels lie: roofs with an orientation, and each panel's place on one of them, in units of half a panel's width. */

export const FACINGS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW", "flat"] as const;
export type Facing = (typeof FACINGS)[number];

export interface Roof {
  id: string;
  name: string;
  facing?: Facing;
}

export interface Place {
  roof: string;
  x: number;
  y: number;
  /** Lies on its long side. */
  turned?: boolean;
}

export interface Layout {
  roofs: Roof[];
  places: Record<string, Place>;
}

const WIDTH = 2;
const HEIGHT = 3;

export function size(place: Pick<Place, "turned">): { width: number; height: number } {
  return place.turned === true ? { width: HEIGHT, height: WIDTH } : { width: WIDTH, height: HEIGHT };
}

function overlap(one: Place, other: Place): boolean {
  const [a, b] = [size(one), size(other)];
  return (
    one.roof === other.roof &&
    one.x < other.x + b.width &&
    other.x < one.x + a.width &&
    one.y < other.y + b.height &&
    other.y < one.y + a.height
  );
}

/** Panels in rows, as wide as looks like a roof. */
export function arrange(ids: readonly string[], roof: string): Record<string, Place> {
  const columns = Math.max(1, Math.ceil(Math.sqrt(ids.length * 2.4)));
  return Object.fromEntries(
    ids.map((id, index) => [id, { roof, x: (index % columns) * WIDTH, y: Math.floor(index / columns) * HEIGHT }]),
  );
}

const FIRST = "roof-1";

/** A layout for exactly these panels: kept places where there are any, free ones for newcomers. */
export function settle(kept: Layout | undefined, ids: readonly string[], name: string): Layout {
  const roofs = kept === undefined || kept.roofs.length === 0 ? [{ id: FIRST, name }] : kept.roofs;
  const known = new Set(roofs.map((roof) => roof.id));
  const places: Record<string, Place> = {};
  const homeless: string[] = [];
  for (const id of ids) {
    const place = kept?.places[id];
    if (place !== undefined && known.has(place.roof)) places[id] = place;
    else homeless.push(id);
  }
  const first = roofs[0]?.id ?? FIRST;
  if (homeless.length === ids.length) return { roofs, places: arrange(ids, first) };
  for (const id of homeless) places[id] = freePlace({ roofs, places }, first);
  return { roofs, places };
}

function freePlace(layout: Layout, roof: string): Place {
  const there = Object.values(layout.places).filter((place) => place.roof === roof);
  const { width } = extent(there);
  for (let y = 0; ; y += HEIGHT) {
    for (let x = 0; x + WIDTH <= Math.max(WIDTH, width); x += WIDTH) {
      const place = { roof, x, y };
      if (!there.some((other) => overlap(place, other))) return place;
    }
  }
}

/** How far panels reach on their roof. */
export function extent(places: readonly Place[]): { width: number; height: number } {
  let [width, height] = [0, 0];
  for (const place of places) {
    const own = size(place);
    width = Math.max(width, place.x + own.width);
    height = Math.max(height, place.y + own.height);
  }
  return { width, height };
}

/** Put a panel somewhere; it changes places with the one that lies there, and stays where it is between several. */
export function move(layout: Layout, id: string, to: Place): Layout {
  const from = layout.places[id];
  const target = { ...to, x: Math.max(0, Math.round(to.x)), y: Math.max(0, Math.round(to.y)) };
  if (from === undefined) return layout;
  const hit = Object.entries(layout.places).filter(([other, place]) => other !== id && overlap(target, place));
  if (hit.length === 0) return { ...layout, places: { ...layout.places, [id]: target } };
  const [first] = hit;
  if (hit.length > 1 || first === undefined) return layout;
  const [other, place] = first;
  if ((place.turned === true) !== (from.turned === true)) return layout;
  return { ...layout, places: { ...layout.places, [id]: { ...from, ...place }, [other]: { ...place, ...from } } };
}

export function turn(layout: Layout, id: string): Layout {
  const place = layout.places[id];
  return place === undefined ? layout : move(layout, id, { ...place, turned: place.turned !== true });
}

export function addRoof(layout: Layout, name: string): Layout {
  const numbers = layout.roofs.map((roof) => Number(roof.id.replace("roof-", "")) || 0);
  return { ...layout, roofs: [...layout.roofs, { id: `roof-${Math.max(0, ...numbers) + 1}`, name }] };
}

/** Take a roof away; its panels find free places on another. The last roof stays. */
export function removeRoof(layout: Layout, id: string): Layout {
  const roofs = layout.roofs.filter((roof) => roof.id !== id);
  if (roofs.length === 0) return layout;
  return settle({ roofs, places: layout.places }, Object.keys(layout.places), "");
}

/** Which panels see the same sun: those of roofs with one orientation, else those of one roof. */
export function group(layout: Layout, id: string): string {
  const roof = layout.roofs.find((one) => one.id === layout.places[id]?.roof);
  return roof?.facing ?? roof?.id ?? "";
}

/** What was kept, if it is what this version keeps. */
export function read(kept: unknown): Layout | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  const { roofs, places } = kept as Partial<Layout>;
  return Array.isArray(roofs) && typeof places === "object" ? { roofs, places } : undefined;
}
