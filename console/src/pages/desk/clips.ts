import type { Shown } from "../../api";

type Line = Pick<Shown["MessageReply"], "seq" | "text" | "transcript" | "attachments">;

/** What was said in a sound stands under it: those lines by the file they were said in, and the lines that remain. */
export function withClips<L extends Line>(lines: readonly L[]): { rows: L[]; said: ReadonlyMap<string, string> } {
  const files = new Set(lines.flatMap((line) => line.attachments.map((file) => file.id)));
  const said = new Map<string, string>();
  const rows = lines.filter(({ transcript, text }) => {
    // Of a sound that was taken back its numbers remain, and nothing to read.
    if (transcript && text === "") return false;
    if (!transcript || !files.has(transcript)) return true;
    said.set(transcript, [said.get(transcript), text].filter(Boolean).join(" "));
    return false;
  });
  return { rows, said };
}
