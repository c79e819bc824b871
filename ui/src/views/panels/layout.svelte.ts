/** The layout of the roofs, as it is kept by the service. */

import * as house from "../../api/house";
import { read, settle, type Layout } from "./roof";

const WAIT = 600;
const AGAIN = 5000;

class Kept {
  private all: Record<string, unknown> = {};
  layout = $state.raw<Layout>({ roofs: [], places: {} });
  private serial = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  async load(serial: string): Promise<void> {
    this.serial = serial;
    try {
      // What was changed here and is not kept yet is the latest word.
      if (this.timer === undefined) this.all = await house.layout();
    } catch {
      // Without its history the service keeps no layout; the panels are then shown in rows.
      this.all = {};
    }
    this.layout = read(this.all[serial]) ?? { roofs: [], places: {} };
  }

  /** Newcomers find a place. */
  meet(ids: string[], name: string): void {
    if (ids.some((id) => this.layout.places[id] === undefined)) this.layout = settle(this.layout, ids, name);
  }

  change(layout: Layout): void {
    this.layout = layout;
    this.all = { ...this.all, [this.serial]: layout };
    this.keepIn(WAIT);
  }

  private async keep(): Promise<void> {
    const { timer } = this;
    try {
      await house.keepLayout(this.all);
      if (this.timer === timer) this.timer = undefined;
    } catch {
      this.keepIn(AGAIN);
    }
  }

  /** A service that cannot keep it now is asked again. */
  private keepIn(wait: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(), wait);
  }
}

export const kept = new Kept();
