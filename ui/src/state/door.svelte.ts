/** Whether one may come in: log in, set the first password, or add the first gateway before there is anything to see. */

import { Problem } from "../api/client";
import * as house from "../api/house";
import { catalog } from "./catalog.svelte";
import { site } from "./site.svelte";

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
      if (session.logged_in !== true) {
        this.stage = session.password_set === true ? "login" : "claim";
        return;
      }
      await Promise.all([site.load(), catalog.load()]);
      this.stage = site.gateways.length === 0 ? "first" : "open";
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401)) this.stage = "failed";
    }
  }

  /** Learn anew who one is, without leaving the place. */
  async greet(): Promise<void> {
    this.session = await house.session();
  }

  /** The session has ended. */
  close(): void {
    if (this.stage === "open" || this.stage === "first") this.stage = "login";
  }
}

export const door = new Door();
