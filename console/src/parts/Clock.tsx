import { clock } from "./duration";
import { useNow } from "./now";

interface Props {
  /** Milliseconds since 1970. */
  since: number;
  /** Count down to it instead. */
  until?: boolean;
  /** From here on it is too long, in milliseconds: it shows in another colour, and in weight. */
  late?: number;
}

/** Runs by the second. It is not read out at every turn: whoever hears the page asks for it. */
export function Clock({ since, until = false, late }: Props) {
  const now = useNow();
  const ms = until ? since - now : now - since;
  const isLate = late !== undefined && ms >= late;
  return (
    <time className="figures" role="timer" aria-live="off" style={isLate ? { color: "var(--bad)", fontWeight: 600 } : undefined}>
      {clock(ms)}
    </time>
  );
}
