/** What the API hands out. Times are epoch seconds UTC, numbers are in SI units; what has nothing to say is left out. */

export type Scalar = number | boolean | string;

export interface Because {
  code: string;
  text: string;
}

export interface Reading {
  value: Scalar;
  at: number;
  age: number;
  quality: "measured" | "derived" | "corrected" | "stale";
  source: string;
  text?: string;
  raw?: Scalar;
  reason?: Because;
  since?: number;
}

export interface Device {
  subject: string;
  id: string;
  title: string;
  values: Record<string, Reading>;
  absent: Record<string, Because>;
  model?: string;
  part_number?: string;
  retired?: boolean;
}

export interface Finding {
  gateway: string;
  code: string;
  subject: string;
  id: string;
  text: string;
  key?: string;
  raw?: Scalar;
  given?: Scalar;
  since?: number;
  until?: number;
}

export interface Condition {
  state: "online" | "degraded" | "away" | "starting";
  text: string;
  since: number;
  problem?: Because;
}

export interface GatewayValues {
  gateway: string;
  name: string;
  at: number;
  condition: Condition;
  equipment: Device[];
  findings: Finding[];
}

export interface Values {
  now: number;
  gateways: GatewayValues[];
}

export interface MetricRow {
  name: string;
  subject: string;
  key: string;
  quantity: string;
  unit: string;
  kind: "now" | "total" | "net_total" | "period" | "fact";
  cadence: number;
  group: string;
  core: boolean;
  states: string[];
  label: Record<string, string>;
}

export interface Catalog {
  metrics: MetricRow[];
  words: Record<string, Record<string, string>>;
}
