/** Which value is being explained: one card serves the whole page. */

import type { Device } from "../api/shapes";

interface Subject {
  device: Device;
  key: string;
}

class Explanation {
  subject = $state.raw<Subject | undefined>();

  of(device: Device, key: string): void {
    this.subject = { device, key };
  }

  close(): void {
    this.subject = undefined;
  }
}

export const explanation = new Explanation();
