/** What a microphone's levels say, heard many times a second. */
export interface Ear {
  /** Of the louder moments in a row, in milliseconds. */
  loudFor: number;
  /** The last loud moment. */
  loudAt: number;
  /** Moments at full scale, within the last seconds. */
  clipped: readonly number[];
}

export const DEAF: Ear = { loudFor: 0, loudAt: -Infinity, clipped: [] };

/** RMS from which somebody speaks rather than breathes or types. */
const SPEECH = 0.03;
/** So long, with no longer pauses than these, is speech and not a cough. */
const LONG = 500;
const PAUSE = 320;
const FULL = 0.985;
const WITHIN = 4_000;
const OFTEN = 4;

/** One measurement further: the loudness (RMS) and the highest peak of what came since the last one, both 0 to 1. */
export function listen(ear: Ear, now: number, elapsed: number, rms: number, peak: number): Ear {
  const isLoud = rms >= SPEECH;
  const goesOn = now - ear.loudAt <= PAUSE;
  const clipped = ear.clipped.filter((at) => now - at < WITHIN);
  return {
    loudFor: isLoud ? (goesOn ? ear.loudFor : 0) + elapsed : goesOn ? ear.loudFor : 0,
    loudAt: isLoud ? now : ear.loudAt,
    clipped: peak >= FULL ? [...clipped, now].slice(-OFTEN) : clipped,
  };
}

export const speaks = (ear: Ear) => ear.loudFor >= LONG;
export const clips = (ear: Ear) => ear.clipped.length >= OFTEN;
