import { Problem, type Shown } from "../../api";

type Challenge = Shown["ChallengeReply"];
export type Answer = Shown["ChallengeAnswer"];

/** Challenges that are solved for one press of the button: the first, and another where that one was too old. */
const MOST = 3;

/** The number that is asked for, found beside the page. */
function solved({ seed, bits }: Challenge): Promise<Answer> {
  return new Promise((done, failed) => {
    const worker = new Worker(new URL("./solver.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<number>) => {
      worker.terminate();
      done({ seed, number: data });
    };
    worker.onerror = () => {
      worker.terminate();
      failed(Problem.unreachable());
    };
    worker.postMessage({ seed, bits });
  });
}

/** Send it; where work is asked for first, do that and send it once more. `checking`: whether work is being done. */
export async function withChallenge<T>(send: (answer: Answer | undefined) => Promise<T>, checking: (is: boolean) => void): Promise<T> {
  let answer: Answer | undefined;
  for (let solvedSoFar = 0; ; solvedSoFar += 1) {
    try {
      return await send(answer);
    } catch (problem) {
      if (!(problem instanceof Problem) || !problem.challenge || solvedSoFar >= MOST) throw problem;
      checking(true);
      try {
        answer = await solved(problem.challenge);
      } finally {
        checking(false);
      }
    }
  }
}
