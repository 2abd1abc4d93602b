import type { Shown } from "../../api";
import { Composer } from "./Composer";
import { InHand } from "./InHand";
import { Live } from "./Live";

/** What one does with a text in hand: sees the other side write, answers, passes it on. Loaded with the first of them, for a shift of calls needs none of it. */
export default function Answering({ conversation, lines }: { conversation: Shown["ConversationReply"]; lines: readonly Shown["MessageReply"][] }) {
  return (
    <>
      <Live conversation={conversation.id} last={lines.at(-1)?.seq ?? 0} />
      <Composer conversation={conversation.id} lines={lines} />
      <InHand conversation={conversation} />
    </>
  );
}
