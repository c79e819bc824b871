/** Follows a synchronisation until it is over. */

import * as house from "../../api/house";

const STEP = 600;
/** About how many questions a gateway is asked; the bar never claims to be done before it is. */
const USUAL = 22;

export class Syncing {
  sync = $state.raw<house.Sync | undefined>();
  readonly running = $derived(this.sync?.state === "running");
  readonly progress = $derived(
    this.sync === undefined ? 0 : this.sync.state === "done" ? 1 : Math.min(0.95, this.sync.asked / USUAL),
  );

  async follow(begun: Promise<house.Sync>): Promise<house.Sync> {
    let sync = await begun;
    this.sync = sync;
    while (sync.state === "running") {
      await new Promise((resolve) => setTimeout(resolve, STEP));
      sync = await house.syncing(sync.gateway);
      this.sync = sync;
    }
    return sync;
  }
}
