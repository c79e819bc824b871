/** What is wrong with the service itself, as it words it in the reader's language. */

import type { ServiceHealth } from "../api/house";

/** Return a sentence for each part that does not work and tells why; none where the health is not known. */
export function problems(health: ServiceHealth | undefined): string[] {
  return (health?.parts ?? []).flatMap((part) => (part.ok || part.problem === undefined ? [] : [part.problem]));
}
