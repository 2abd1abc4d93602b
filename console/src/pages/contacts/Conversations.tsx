import { useQuery } from "@tanstack/react-query";
import { api, done } from "../../api";
import { Badge, Card, Moment, Trouble } from "../../parts";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { words } from "./words";

/** What was talked about with them, newest first. */
export function Conversations({ contact }: { contact: string }) {
  const t = useWords(words);
  const account = useAccount();
  const all = useQuery({
    queryKey: ["conversations", "of", contact],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations", { params: { path: account, query: { contact, limit: 50 } } })),
  });
  return (
    <Card title={t.conversations}>
      {all.isError && <Trouble problem={all.error} again={() => void all.refetch()} />}
      {all.data?.length === 0 && <p className="soft">{t.noConversations}</p>}
      <ul className="contact-list">
        {(all.data ?? []).map((one) => (
          <li key={one.id} className="contact-line">
            <Moment at={one.opened_at} />
            <span className="soft">{one.channel}</span>
            <Badge tone={one.closed_at ? "quiet" : "good"}>{one.closed_at ? t.closed : t.open}</Badge>
          </li>
        ))}
      </ul>
    </Card>
  );
}
