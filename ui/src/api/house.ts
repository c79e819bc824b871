/** Who is there and how it is set: session, gateways, synchronisation, settings, keys, layout. */

import { ask } from "./client";
import type { Because, Condition, Scalar } from "./shapes";

export interface Session {
  logged_in?: boolean;
  login_needed?: boolean;
  password_set?: boolean;
  language: string;
  by?: string;
  /** A proxy calls that the settings do not name. */
  proxied?: boolean;
}

export interface About {
  version: string;
  site?: string;
  demo?: boolean;
}

/** How one part of the service is doing; `problem` says what is wrong and what can be done. */
export interface Part {
  name: string;
  ok: boolean;
  problem?: string;
}

export interface ServiceHealth {
  ok: boolean;
  parts: Part[];
}

export interface Token {
  role: string;
  expires: number;
  days_left: number;
  renewed: boolean;
}

export interface Count {
  subject: string;
  title: string;
  count: number;
  ids: string[];
}

export interface Missing {
  metric: string;
  label: string;
  reason: Because;
}

export interface Gateway {
  serial: string;
  name: string;
  host: string;
  address?: string;
  condition: Condition;
  credentials: { password: boolean; token: boolean; account: boolean; user?: string };
  devices: Count[];
  requests: { sent: number; answered: number; failed: number };
  firmware?: string;
  part_number?: string;
  authentication?: Authentication;
  zone?: string;
  token?: Token;
  problems?: { target: string; code: string; text: string }[];
  latency?: { target: string; mean: number; worst: number; count: number }[];
}

export type Authentication = "none" | "digest" | "token";

export interface Credentials {
  user?: string;
  password?: string;
  token?: string;
  account?: { user: string; password: string };
}

export interface Probed {
  host: string;
  serial: string;
  firmware: string;
  part_number: string;
  authentication: Authentication;
  advice: string;
  known?: boolean;
  metered?: boolean;
}

export interface Tested {
  serial: string;
  firmware: string;
  devices: Count[];
  missing: Missing[];
}

export interface Sync {
  gateway: string;
  name: string;
  host: string;
  state: "running" | "done" | "failed";
  asked: number;
  target?: string;
  devices?: Count[];
  missing?: Missing[];
  added?: { title: string; id: string }[];
  retired?: { title: string; id: string }[];
  unanswered?: string[];
  problem?: Because;
}

export interface Neighbour {
  serial: string;
  name: string;
  addresses: string[];
  known: boolean;
  firmware?: string;
}

export interface Piece {
  gateway: string;
  subject: string;
  id: string;
  title: string;
  model?: string;
  part_number?: string;
  phase?: string;
  retired?: boolean;
  since?: number;
}

export type SettingValue = Scalar | string[];

export interface Setting {
  key: string;
  value: SettingValue;
  default: SettingValue;
  kind: "text" | "number" | "choice" | "flag" | "list";
  origin: "default" | "file" | "environment";
  text: string;
  live: boolean;
  variable: string;
  pending?: boolean;
  /** What is set is never shown. */
  secret?: boolean;
  options?: string[];
  least?: number;
  most?: number;
}

export interface Settings {
  file: string;
  sections: { name: string; title: string; settings: Setting[] }[];
  restart_needed?: boolean;
}

export interface Notifications {
  rules: { code: string; title: string; on: boolean }[];
}

/** What became of a test message to one address. */
export interface Trial {
  number: number;
  kind: string;
  ok: boolean;
  problem?: string;
}

export interface Message {
  gateway: string;
  rule: string;
  state: "begun" | "over";
  at: number;
  title: string;
  text: string;
}

export interface DryRun {
  state: "running" | "done" | "failed";
  done: number;
  total: number;
  /** From when on there is history. */
  since?: number;
  messages?: Message[];
  problem?: Because;
}

export interface Key {
  id: string;
  name: string;
  rights: "read" | "write";
  created: number;
  last_used?: number;
}

const at = (serial: string, rest = "") => `gateways/${encodeURIComponent(serial)}${rest}`;

export const about = () => ask<About>("about");

export const health = (signal: AbortSignal) => ask<ServiceHealth>("health", { signal });

export const session = () => ask<Session>("session");
export const logIn = (password: string) => ask<Session>("session", { method: "POST", body: { password } });
export const logOut = () => ask<undefined>("session", { method: "DELETE" });
export const setPassword = (given: { password: string; claim_code?: string; current?: string }) =>
  ask<Session>("password", { method: "PUT", body: given });

export const gateways = () => ask<Gateway[]>("gateways");
export const discover = (seconds: number) => ask<Neighbour[]>("discovery", { query: { seconds } });
export const probe = (host: string) => ask<Probed>("gateways/probe", { method: "POST", body: { host } });
export const test = (host: string, credentials: Credentials) =>
  ask<Tested>("gateways/test", { method: "POST", body: { host, credentials } });
export const add = (wish: { host: string; name?: string; credentials: Credentials }) =>
  ask<Sync>("gateways", { method: "POST", body: wish });
export const change = (serial: string, wish: { name?: string; host?: string; credentials?: Credentials }) =>
  ask<Gateway>(at(serial), { method: "PATCH", body: wish });
export const remove = (serial: string) => ask<undefined>(at(serial), { method: "DELETE" });
export const sync = (serial: string) => ask<Sync>(at(serial, "/sync"), { method: "POST" });
export const syncing = (serial: string) => ask<Sync>(at(serial, "/sync"));
export const equipment = (gateway: string) => ask<Piece[]>("equipment", { query: { gateway } });

export const settings = () => ask<Settings>("settings");
export const changeSettings = (changes: Record<string, SettingValue>) =>
  ask<Settings>("settings", { method: "PATCH", body: { changes } });

export const notifications = () => ask<Notifications>("notifications");
export const testNotifications = () => ask<Trial[]>("notifications/test", { method: "POST" });
export const beginDryRun = (days: number) => ask<DryRun>("notifications/dry-run", { method: "POST", body: { days } });
export const dryRun = () => ask<DryRun>("notifications/dry-run");

export const keys = () => ask<Key[]>("keys");
export const makeKey = (name: string, rights: "read" | "write") =>
  ask<{ key: Key; text: string }>("keys", { method: "POST", body: { name, rights } });
export const removeKey = (id: string) => ask<undefined>(`keys/${encodeURIComponent(id)}`, { method: "DELETE" });

export const layout = () => ask<Record<string, unknown>>("layout");
export const keepLayout = (kept: Record<string, unknown>) => ask<unknown>("layout", { method: "PUT", body: kept });
