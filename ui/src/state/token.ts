/** How long a token is still good for, in words. */

import type { Token } from "../api/house";
import { date } from "../format/time";
import { count, say, voice } from "../words/index.svelte";

const WARN_DAYS = 30;

export function endsSoon(token: Token): boolean {
  return !token.renewed && token.days_left < WARN_DAYS;
}

export function tokenLeft(token: Token): string {
  const on = date(token.expires, voice.language);
  if (token.days_left < 0) return say("setup.token.expired", { date: on });
  const left = count("setup.token.left", token.days_left, { date: on });
  return token.renewed ? `${left} · ${say("setup.token.renewed")}` : left;
}
