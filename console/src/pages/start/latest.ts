import { api, done, Problem, type Shown } from "../../api";

const TRIES = 20;
const PAUSE_MS = 1_500;

/** The newest call since a moment, as soon as its words are known; what there is when they do not come. */
export async function latest(account_id: string, since: number): Promise<string | null> {
  let best: string | null = null;
  for (let tried = 0; tried < TRIES; tried += 1) {
    const all = await done(api.GET("/api/v1/accounts/{account_id}/conversations", { params: { path: { account_id }, query: { limit: 10 } } }));
    const call = all.find((one) => one.opened_at >= since && one.recordings.some(isHeard));
    const recording = call?.recordings.find(isHeard);
    if (call && recording) {
      const lines = await done(
        api.GET("/api/v1/accounts/{account_id}/conversations/{id}/messages", { params: { path: { account_id, id: call.id }, query: { limit: 100 } } }),
      ).catch((problem: unknown) => {
        if (problem instanceof Problem && problem.status === 404) return [] as Shown["MessageReply"][];
        throw problem;
      });
      const said = lines.find((line) => line.transcript && line.start_ms);
      best = `/review?c=${call.id}&r=${recording.id}${said ? `&at=${said.start_ms}` : ""}`;
      const isDone = call.transcripts.some((one) => one.pass === "final" && one.state !== "running");
      if (said || isDone) return best;
    }
    if (since === 0 && !call) return null;
    await new Promise((later) => setTimeout(later, PAUSE_MS));
  }
  return best;
}

const isHeard = (recording: Shown["RecordingReply"]) => ["stored", "verified"].includes(recording.state);
