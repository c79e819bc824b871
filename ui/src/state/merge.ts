import type { Device, GatewayValues } from "../api/shapes";

const name = (device: Device) => `${device.subject}/${device.id}`;

/** Put what changed into what is known; equipment that was not spoken of stays as it was. */
export function merge(known: GatewayValues[], changed: GatewayValues[]): GatewayValues[] {
  const merged = new Map(known.map((one) => [one.gateway, one]));
  for (const change of changed) {
    const equipment = new Map((merged.get(change.gateway)?.equipment ?? []).map((device) => [name(device), device]));
    for (const device of change.equipment) equipment.set(name(device), device);
    merged.set(change.gateway, { ...change, equipment: [...equipment.values()] });
  }
  return [...merged.values()];
}
