import { usePhone } from "../phone/usePhone";
import { useMyCall } from "./hooks";
import { useRecordingNow } from "./recordingNow";
import { useOrder } from "./useOrder";

/** Everything one can do with the call that runs: by the telephone in this page where it has it, else by the server. */
export function useCallControls() {
  const phone = usePhone();
  const mine = useMyCall();
  const order = useOrder(mine?.call);
  const here = mine?.conversation.recordings.filter((one) => one.call === mine.call).at(-1);
  const paused = useRecordingNow(here?.id);
  const line = phone?.phone.call && phone.phone.call.stage !== "ringing" ? phone.phone.call : phone?.phone.call?.direction === "out" ? phone.phone.call : null;
  if (!line && !mine) return null;

  const state = mine?.state ?? null;
  const now = paused.data ?? here?.state;
  const recording = !here ? (mine ? ("off" as const) : null) : now === "paused" || now === "masked" ? ("paused" as const) : ("on" as const);
  const isMuted = line ? line.isMuted : (state?.isMuted ?? false);
  const isHeld = (state?.heldAt ?? null) !== null;
  // In a talk of three the others go on when I leave.
  const others = (state?.agents.length ?? 0) > 1;
  const inBooks = mine?.conversation.calls.find((one) => one.id === mine.call);
  const number = inBooks ? (inBooks.direction === "outbound" ? inBooks.to : inBooks.from) : (line?.number ?? null);

  return {
    line,
    mine,
    number,
    name: line?.name && line.name !== line.number ? line.name : null,
    since: state?.joinedAt ?? (line?.stage === "talking" ? line.since : null),
    quality: line?.stage === "talking" ? (phone?.quality ?? null) : null,
    recording,
    isMuted,
    isHeld,
    others,
    mute: () => (line && phone ? phone.store.mute(!isMuted) : order.mutate({ what: "mute", on: !isMuted })),
    hold: () => order.mutate({ what: "hold", on: !isHeld }),
    keys: (digits: string) => (line && phone ? phone.store.keys(digits) : order.mutate({ what: "keys", digits })),
    park: () => order.mutate({ what: "park" }),
    pauseRecording: () => order.mutate({ what: "recording", action: recording === "paused" ? "start" : "pause" }),
    hangUp: () => {
      if (others && mine) order.mutate({ what: "leave" });
      else if (line && phone) phone.store.hangUp();
      else order.mutate({ what: "hangup" });
    },
  };
}
