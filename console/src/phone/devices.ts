import type { Chosen } from "./settings";

/** A device as the browser lists it. */
export interface Device {
  id: string;
  label: string;
}

/**
 * Which device it is now: the one that was chosen, or the one of its name (a headset that is plugged in again has another id), or
 * `null`, the system's own, until it comes back. What was chosen stays chosen.
 */
export function present(chosen: Chosen | null, there: readonly Device[]): Device | null {
  if (!chosen) return null;
  return there.find((one) => one.id === chosen.id) ?? there.find((one) => one.label !== "" && one.label === chosen.label) ?? null;
}

/** What happened to a device in use, when the list changed. */
export type Change = "gone" | "back" | null;

export function changed(chosen: Chosen | null, before: readonly Device[], now: readonly Device[]): Change {
  if (!chosen) return null;
  const [was, is] = [present(chosen, before) !== null, present(chosen, now) !== null];
  return was === is ? null : is ? "back" : "gone";
}

/** Microphones and speakers, as far as the browser names them to us. Its own doubles ("default", "communications") are left out. */
export async function listed(): Promise<{ microphones: Device[]; speakers: Device[] }> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: MediaDeviceKind) =>
    all
      .filter((one) => one.kind === kind && one.deviceId !== "" && one.deviceId !== "default" && one.deviceId !== "communications")
      .map((one) => ({ id: one.deviceId, label: one.label }));
  return { microphones: of("audioinput"), speakers: of("audiooutput") };
}
