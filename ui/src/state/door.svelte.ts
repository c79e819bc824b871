/** Whether one may come in: log in, set the first password, or add the first gateway before there is anything to see. */

import { Problem } from "../api/client";
import * as house from "../api/house";
import { catalog } from "./catalog.svelte";

export type Stage = "knocking" | "failed" | "claim" | "login" | "first" | "open";

class Door {
  stage = $state<Stage>("knocking");
  session = $state.raw<house.Session | undefined>();

  get open(): boolean {
    return this.stage === "open";
  }

  /** Find out where the reader stands, and lead on from there. */
  async knock(): Promise<void> {
    try {
      const session = await house.session();
      this.session = session;
      if (session.login_needed && !session.logged_in) {
        this.stage = session.password_set ? "login" : "claim";
        return;
      }
      const [gateways] = await Promise.all([house.gateways(), catalog.load()]);
      this.stage = gateways.length === 0 ? "first" : "open";
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401)) this.stage = "failed";
    }
  }

  /** The session has ended. */
  close(): void {
    if (this.stage === "open" || this.stage === "first") this.stage = "login";
  }
}

export const door = new Door();
