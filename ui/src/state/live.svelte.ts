/** The latest word of every gateway, kept up to date by the stream. */

import { send } from "../api/client";
import { EventStream, type Message } from "../api/events";
import type { Because, Device, Finding, GatewayValues, Reading, Values } from "../api/shapes";
import { merge } from "./merge";

const CHOSEN = "heliograph.gateway";
/** A site's values come every minute; what is three minutes old is no longer news. */
const STALE_AFTER = 180;

export type Connection = "connecting" | "live" | "lost";

class Live {
  gateways = $state.raw<GatewayValues[]>([]);
  connection = $state<Connection>("connecting");
  /** Everything was heard at least once. */
  ready = $state(false);
  /** The service's clock, ticking here. */
  now = $state(Date.now() / 1000);
  /** The same to five minutes, for what need not move every second. */
  readonly today = $derived(Math.floor(this.now / 300) * 300);
  private chosen = $state(localStorage.getItem(CHOSEN) ?? "");
  private ahead = 0;
  private stream: EventStream | undefined;
  private listeners = new Map<string, Set<(data: unknown) => void>>();

  /** The gateway that is looked at. */
  readonly gateway = $derived<GatewayValues | undefined>(
    this.gateways.find((one) => one.gateway === this.chosen) ?? this.gateways[0],
  );
  readonly system = $derived<Device | undefined>(this.gateway?.equipment.find((one) => one.subject === "system"));

  choose(serial: string): void {
    this.chosen = serial;
    localStorage.setItem(CHOSEN, serial);
  }

  start(): void {
    this.stop();
    this.connection = this.ready ? this.connection : "connecting";
    this.stream = new EventStream({
      open: (signal, last) =>
        send("stream", { signal, ...(last === "" ? {} : { headers: { "Last-Event-ID": last } }) }),
      onMessage: (message) => this.hear(message),
      onConnected: (connected) => (this.connection = connected ? "live" : "lost"),
    });
  }

  stop(): void {
    this.stream?.close();
    this.stream = undefined;
  }

  hurry(): void {
    this.stream?.hurry();
  }

  /** Listen to one kind of event besides values; gives the function that ends it. */
  on(event: string, listener: (data: unknown) => void): () => void {
    const listeners = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  tick(): void {
    this.now = Date.now() / 1000 + this.ahead;
  }

  private hear(message: Message): void {
    const data: unknown = JSON.parse(message.data);
    if (message.event === "state" || message.event === "values") {
      const values = data as Values;
      this.ahead = values.now - Date.now() / 1000;
      this.tick();
      this.gateways = message.event === "state" ? values.gateways : merge(this.gateways, values.gateways);
      this.ready = true;
    }
    for (const listener of this.listeners.get(message.event) ?? []) listener(data);
  }

  of(subject: string): Device[] {
    return this.gateway?.equipment.filter((one) => one.subject === subject && one.retired !== true) ?? [];
  }

  device(subject: string, id: string): Device | undefined {
    return this.gateway?.equipment.find((one) => one.subject === subject && one.id === id);
  }

  reading(key: string): Reading | undefined {
    return this.system?.values[key];
  }

  number(key: string): number | undefined {
    return numberOf(this.system, key);
  }

  absence(key: string): Because | undefined {
    return this.system?.absent[key];
  }

  get findings(): Finding[] {
    return this.gateway?.findings ?? [];
  }

  /** Whether what is shown is too old to be taken for the present. */
  get stale(): boolean {
    return this.gateway !== undefined && this.now - this.gateway.at > STALE_AFTER;
  }
}

export function numberOf(device: Device | undefined, key: string): number | undefined {
  const value = device?.values[key]?.value;
  return typeof value === "number" ? value : undefined;
}

export const live = new Live();
