import type { Quality } from "../phone/quality";

/** What the check before the shift measured. */
export interface Measured {
  /** The loudest that the microphone heard, 0 to 1. */
  loudest: number;
  hasClipped: boolean;
  /** The echo of one's own voice came back. */
  cameBack: boolean;
  quality: Quality | null;
}

/** The words of the verdict, by their names in the dictionary; `isGood`: nothing to mend. */
export interface Line {
  word: "okMicrophone" | "quietMicrophone" | "deafMicrophone" | "clippedMicrophone" | "okBack" | "noBack" | "okQuality" | "fairQuality" | "poorQuality";
  is: "good" | "warn" | "bad";
}

export function verdict({ loudest, hasClipped, cameBack, quality }: Measured): { lines: Line[]; isReady: boolean } {
  const lines: Line[] = [microphone(loudest, hasClipped), cameBack ? { word: "okBack", is: "good" } : { word: "noBack", is: "bad" }];
  if (cameBack && quality) lines.push(connection(quality));
  return { lines, isReady: lines.every((line) => line.is !== "bad") };
}

function microphone(loudest: number, hasClipped: boolean): Line {
  if (hasClipped) return { word: "clippedMicrophone", is: "warn" };
  if (loudest < 0.02) return { word: "deafMicrophone", is: "bad" };
  return loudest < 0.1 ? { word: "quietMicrophone", is: "warn" } : { word: "okMicrophone", is: "good" };
}

function connection(quality: Quality): Line {
  if (quality === "good") return { word: "okQuality", is: "good" };
  return quality === "fair" ? { word: "fairQuality", is: "warn" } : { word: "poorQuality", is: "bad" };
}
