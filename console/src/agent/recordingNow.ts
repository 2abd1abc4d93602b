import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useHappened } from "../events";

const key = (recording: string | undefined) => ["recording_now", recording];

/** What a running recording does now, as it was last said: `started`, `paused`, `masked`. Its row says only that it began. */
export function useRecordingNow(recording: string | undefined) {
  return useQuery<string | null>({ queryKey: key(recording), queryFn: () => null, enabled: false });
}

/** Remembers it for every page. */
export function useRecordingsHeard(): void {
  const client = useQueryClient();
  useHappened(({ type, data }) => {
    if (type === "recording_updated" && typeof data.recording === "string") client.setQueryData(key(data.recording), data.state);
  });
}
