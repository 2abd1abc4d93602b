import { Trouble, Waiting } from "../../../parts";
import { useConversation } from "../data";
import type { Open } from "../wanted";
import { Listen } from "./Listen";
import { Written } from "./Written";

interface Props {
  open: Open;
  onBack: () => void;
}

/** A call to be heard, or what was written to be read. */
export function Player({ open, onBack }: Props) {
  const conversation = useConversation(open.conversation);
  if (conversation.isPending) return <Waiting whole />;
  if (conversation.isError) return <Trouble whole problem={conversation.error} again={() => void conversation.refetch()} />;
  if (conversation.data.channel !== "phone" && conversation.data.recordings.length === 0) return <Written conversation={conversation.data} onBack={onBack} />;
  return <Listen conversation={conversation.data} open={open} onBack={onBack} />;
}
