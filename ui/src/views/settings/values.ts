/** Settings as text in a form, and back. */

import type { Setting, SettingValue } from "../../api/house";

export function toText(value: SettingValue): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** What cannot be a number is handed on as it is: the service says what is wrong with it. */
export function fromText(text: string, { kind }: Pick<Setting, "kind">): SettingValue {
  if (kind === "number") return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  if (kind === "list") {
    return text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean);
  }
  return text;
}
