import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What everybody says into their microphone, and what the scripted engine hears of it. */
export const SAID = "I want a refund for the red shoes";
/** And a name, which it takes for another one of the same sound: 张晓丽. */
export const MISHEARD = "章小莉";

/** A voice in the place of Chromium's beeps: somebody has to be heard. */
export function voice(): string {
  const file = join(tmpdir(), `ringdesk-voice-${process.pid}.wav`);
  execFileSync("espeak-ng", ["-v", "en", "-s", "150", "-g", "4", "-w", file, `${SAID}. They are too small, and I would like my money back.`]);
  return file;
}

/** An engine that needs no weights and hears everybody say the same. */
export const HEARS = [
  `[[asr.engines]]`,
  `kind = "scripted"`,
  `name = "script"`,
  `languages = ["en"]`,
  `lines = [{ text = "${SAID}, ${MISHEARD}" }]`,
];
