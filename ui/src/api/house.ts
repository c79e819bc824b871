/** Who is there: session, gateways, synchronisation, findings, events, settings, keys, layout. */

import { ask } from "./client";
import type { Condition, Finding } from "./shapes";

export interface Session {
  login_needed: boolean;
  logged_in: boolean;
  password_set: boolean;
  language?: string;
}

export interface Token {
  expires: number;
  role?: string;
}

export interface Gateway {
  serial: string;
  name: string;
  host: string;
  firmware: string;
  part_number: string;
  condition?: Condition;
  authentication: string;
  credentials?: string;
  token?: Token;
  zone?: string;
  devices: Record<string, number>;
}

export const session = (): Promise<Session> => ask("session");
export const gateways = (): Promise<Gateway[]> => ask("gateways");
export const findings = (gateway: string): Promise<Finding[]> => ask("findings", { query: { gateway } });
