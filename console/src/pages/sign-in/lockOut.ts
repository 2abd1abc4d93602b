import { useEffect, useState } from "react";
import { Problem } from "../../api";

/** For a lock-out of which the server did not say how long. */
const UNSAID = 30;

/** Seconds for which no further try is taken, counted down; 0: one may try. */
export function useLockOut(problem: unknown): number {
  const [left, setLeft] = useState<{ of: unknown; seconds: number }>({ of: null, seconds: 0 });
  const locked = problem instanceof Problem && problem.kind === "too-many-attempts" ? (problem.retryAfter ?? UNSAID) : 0;
  useEffect(() => {
    if (locked === 0) return;
    const until = performance.now() + locked * 1_000;
    const tick = () => setLeft({ of: problem, seconds: Math.max(0, Math.ceil((until - performance.now()) / 1_000)) });
    tick();
    const timer = window.setInterval(tick, 500);
    return () => window.clearInterval(timer);
  }, [problem, locked]);
  return left.of === problem ? left.seconds : locked;
}
