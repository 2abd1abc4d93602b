import { search } from "./hash";

/** A worker of its own, so that the page moves on meanwhile: takes a challenge, answers with the number. */
self.onmessage = ({ data }: MessageEvent<{ seed: string; bits: number }>) => {
  self.postMessage(search(data.seed, data.bits, 0, Number.MAX_SAFE_INTEGER));
};
