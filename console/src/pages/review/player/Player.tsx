import { Trouble, Waiting } from "../../../parts";
import { useConversation } from "../data";
import type { Open } from "../wanted";
import { Listen } from "./Listen";

interface Props {
  open: Open;
  onBack: () => void;
}

/** A call to be heard. */
export function Player({ open, onBack }: Props) {
  const conversation = useConversation(open.conversation);
  if (conversation.isPending) return <Waiting whole />;
  if (conversation.isError) return <Trouble whole problem={conversation.error} again={() => void conversation.refetch()} />;
  return <Listen conversation={conversation.data} open={open} onBack={onBack} />;
}
