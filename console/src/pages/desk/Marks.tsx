import { useQuery } from "@tanstack/react-query";
import { Tags } from "../../agent/Tags";
import { api, done, type Shown } from "../../api";
import { Card } from "../../parts/Card";
import { useAccount } from "../../session";
import "../../agent/wrap-up.css";

/** Tags of a conversation that is not being wrapped up, a text above all: given and taken away while it goes on. */
export function Marks({ conversation }: { conversation: Shown["ConversationReply"] }) {
  const account = useAccount();
  const all = useQuery({ queryKey: ["tags"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/tags", { params: { path: account } })) });
  if (!all.data?.some((tag) => tag.active || conversation.tags.includes(tag.id))) return null;
  return (
    <Card>
      <Tags conversation={conversation} />
    </Card>
  );
}
