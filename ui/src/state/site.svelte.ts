/** What is known of the gateway that is looked at beyond its values. */

import * as house from "../api/house";
import { live } from "./live.svelte";

class Site {
  gateways = $state.raw<house.Gateway[]>([]);

  readonly gateway = $derived(this.gateways.find((one) => one.serial === live.gateway?.gateway));
  /** The gateway's own time zone, where it tells one. */
  readonly zone = $derived(this.gateway?.zone);

  async load(): Promise<void> {
    this.gateways = await house.gateways();
  }
}

export const site = new Site();
