import { keep, kept } from "../app/kept";

/** A device as it was chosen: ids change when a browser forgets, labels when another system names it. */
export interface Chosen {
  id: string;
  label: string;
}

export interface Settings {
  /** `null`: the system's. */
  microphone: Chosen | null;
  speaker: Chosen | null;
  /** Where it rings: on the desk, while the headset lies there. */
  ringer: Chosen | null;
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
  /** Offers are picked up after a beep. */
  autoAnswer: boolean;
  /** Of ring, message and overdue, 0 to 1. */
  loudness: number;
}

/** Sounds are on for who is new. */
export const FIRST: Settings = {
  microphone: null,
  speaker: null,
  ringer: null,
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  autoAnswer: false,
  loudness: 0.6,
};

const NAME = "phone";

/** What was kept, as far as it can be read. */
export function readSettings(text: string | null): Settings {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "");
  } catch {
    return FIRST;
  }
  if (typeof found !== "object" || found === null) return FIRST;
  const kept = found as Record<string, unknown>;
  const device = (value: unknown): Chosen | null => {
    const one = value as Partial<Chosen> | null | undefined;
    return typeof one?.id === "string" && typeof one.label === "string" ? { id: one.id, label: one.label } : null;
  };
  const flag = (name: keyof Settings) => (typeof kept[name] === "boolean" ? (kept[name] as boolean) : (FIRST[name] as boolean));
  const loudness = typeof kept.loudness === "number" ? Math.min(1, Math.max(0, kept.loudness)) : FIRST.loudness;
  return {
    microphone: device(kept.microphone),
    speaker: device(kept.speaker),
    ringer: device(kept.ringer),
    echoCancellation: flag("echoCancellation"),
    noiseSuppression: flag("noiseSuppression"),
    autoGainControl: flag("autoGainControl"),
    autoAnswer: flag("autoAnswer"),
    loudness,
  };
}

export const keptSettings = () => readSettings(kept(NAME));
export const keepSettings = (settings: Settings) => keep(NAME, JSON.stringify(settings));
