/** Follows a synchronisation until it is over. */

import * as house from "../../api/house";
import { follow } from "../../state/follow";
import { count } from "../../words/index.svelte";

/** About how many questions a gateway is asked; the bar never claims to be done before it is. */
const USUAL = 22;

export class Syncing {
  sync = $state.raw<house.Sync | undefined>();
  readonly running = $derived(this.sync?.state === "running");
  readonly progress = $derived(
    this.sync === undefined ? 0 : this.sync.state === "done" ? 1 : Math.min(0.95, this.sync.asked / USUAL),
  );

  /** What it is at. */
  readonly detail = $derived(
    [count("wizard.asked", this.sync?.asked ?? 0), this.sync?.target].filter((part) => part !== undefined).join(" · "),
  );

  follow(begun: Promise<house.Sync>): Promise<house.Sync> {
    return follow(
      begun,
      ({ gateway }) => house.syncing(gateway),
      (sync) => (this.sync = sync),
    );
  }
}
