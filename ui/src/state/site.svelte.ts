/** What is known of the gateway that is looked at beyond its values. */

import type { Device } from "../api/shapes";
import * as house from "../api/house";
import type { Tongue } from "../format/reading";
import { voice } from "../words/index.svelte";
import { catalog } from "./catalog.svelte";
import { live } from "./live.svelte";

class Site {
  gateways = $state.raw<house.Gateway[]>([]);

  readonly gateway = $derived(this.gateways.find((one) => one.serial === live.gateway?.gateway));
  /** The time zone in which the gateway's days begin: its own, or the service's where it tells none. */
  readonly zone = $derived(this.gateway?.zone);

  about = $state.raw<house.About | undefined>();

  /** Promised values that a gateway does not give, and why. */
  missing(serial: string): house.Missing[] {
    const system = live.gateways
      .find((one) => one.gateway === serial)
      ?.equipment.find((one) => one.subject === "system");
    return Object.entries(system?.absent ?? {}).flatMap(([key, reason]) =>
      catalog.metric("system", key)?.core === true
        ? [{ metric: `system.${key}`, label: catalog.label("system", key), reason }]
        : [],
    );
  }

  async load(): Promise<void> {
    [this.gateways, this.about] = await Promise.all([house.gateways(), house.about()]);
  }
}

export const site = new Site();

/** How a piece of equipment is called; what there is once in a gateway needs no serial number. */
export function titleOf(device: Device): string {
  return device.id === live.gateway?.gateway ? catalog.word(`subject.${device.subject}`) : device.title;
}

/** How values are put into words here and now. */
export function tongue(): Tongue {
  return { language: voice.language, zone: site.zone, word: (key) => catalog.word(key) };
}
