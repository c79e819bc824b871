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

  async load(serial: string, ids: string[], name: string): Promise<void> {
    this.serial = serial;
    try {
      this.all = await house.layout();
    } catch {
      // Without its history the service keeps no layout; the panels are then shown in rows.
      this.all = {};
    }
    this.layout = settle(read(this.all[serial]), ids, name);
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

  /** A service that cannot keep it now is asked again. */
  private keepIn(wait: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => house.keepLayout(this.all).catch(() => this.keepIn(AGAIN)), wait);
  }
}

export const kept = new Kept();
