/** How a call sounds, in a word. */
export type Quality = "good" | "fair" | "poor" | "silent";

/** Counters of the connection at one moment, as the browser gives them. */
export interface Counters {
  at: number;
  received: number;
  lost: number;
  /** Seconds. */
  jitter: number;
  roundTrip: number | null;
  /** Of what was heard so far, as the browser sums it: squares of levels over seconds. */
  energy: number;
}

/** Nothing came for so long: the other side cannot be heard. */
const SILENT = 4_000;

/**
 * Between two looks. The limits are those of the E-model's bends: loss that concealment hides, jitter that a buffer of a browser
 * holds, and a delay at which people begin to talk at once (ITU-T G.114).
 */
export function judge(before: Counters | null, now: Counters): Quality | null {
  if (!before) return null;
  const [received, lost] = [now.received - before.received, Math.max(0, now.lost - before.lost)];
  if (received <= 0) return now.at - before.at >= SILENT ? "silent" : null;
  const loss = lost / (received + lost);
  const trip = now.roundTrip ?? 0;
  if (loss > 0.05 || now.jitter > 0.08 || trip > 0.5) return "poor";
  if (loss > 0.015 || now.jitter > 0.04 || trip > 0.3) return "fair";
  return "good";
}

export async function counted(connection: RTCPeerConnection, at: number): Promise<Counters | null> {
  const counters: Counters = { at, received: 0, lost: 0, jitter: 0, roundTrip: null, energy: 0 };
  let found = false;
  (await connection.getStats()).forEach((entry: Record<string, unknown>) => {
    if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      found = true;
      counters.received += Number(entry.packetsReceived ?? 0);
      counters.lost += Number(entry.packetsLost ?? 0);
      counters.energy += Number(entry.totalAudioEnergy ?? 0);
      counters.jitter = Math.max(counters.jitter, Number(entry.jitter ?? 0));
    }
    if (entry.type === "remote-inbound-rtp" && typeof entry.roundTripTime === "number") counters.roundTrip = entry.roundTripTime;
  });
  return found ? counters : null;
}
