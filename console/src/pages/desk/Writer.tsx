import type { Shown } from "../../api";
import { useWords } from "../../words";
import { words } from "./words";

/** With whom one writes: by name, where somebody knows it. */
export function Writer({ conversation: { channel, contact_name: name } }: { conversation: Shown["ConversationReply"] }) {
  const t = useWords(words);
  return <>{name ?? (channel === "web_chat" ? t.visitor : t.somebody)}</>;
}
