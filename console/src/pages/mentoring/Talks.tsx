import { EyeOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, done } from "../../api";
import { Card, Clock, Empty, Trouble, Waiting } from "../../parts";
import { channelNames } from "../../parts/channelNames";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { Dialogue } from "./Dialogue";
import { words } from "./words";

const ACCOUNT = "/api/v1/accounts/{account_id}";
/** A talk that ends is told to those who have it in hand; a mentor looks. */
const EVERY_MS = 3_000;

/** The live talks of those whom I mentor; the one that is chosen beside them. */
export function Talks() {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const account = useAccount();
  const [chosen, setChosen] = useState<string | null>(null);
  const mine = useQuery({ queryKey: ["mentoring", "mine"], queryFn: () => done(api.GET(`${ACCOUNT}/mentoring`, { params: { path: account } })) });
  const agents = mine.data?.agents ?? [];
  const talks = useQuery({
    queryKey: ["mentoring", "talks"],
    enabled: agents.length > 0,
    refetchInterval: EVERY_MS,
    queryFn: () => done(api.GET(`${ACCOUNT}/mentoring/talks`, { params: { path: account } })),
  });
  if (mine.isPending) return <Waiting />;
  if (mine.isError) return <Trouble problem={mine.error} again={() => void mine.refetch()} />;
  if (agents.length === 0) {
    return (
      <Empty icon={<EyeOutlined />} title={t.nobody}>
        {t.nobodyHelp}
      </Empty>
    );
  }
  const talk = talks.data?.find((one) => one.conversation.id === chosen);
  return (
    <div className="mentoring">
      <div>
        {agents.map((one) => {
          const theirs = (talks.data ?? []).filter((talk) => talk.agent === one.agent);
          return (
            <Card key={one.id} flush title={one.agent_name ?? t.somebody}>
              <ul className="mentored" aria-label={`${t.talks}: ${one.agent_name ?? t.somebody}`}>
                {theirs.length === 0 && <li className="soft mentored-none">{t.quiet}</li>}
                {theirs.map(({ conversation }) => (
                  <li key={conversation.id}>
                    <button type="button" className="mentored-talk" aria-pressed={conversation.id === chosen} onClick={() => setChosen(conversation.id)}>
                      <span>{channels[conversation.channel as keyof typeof channels] ?? conversation.channel}</span>
                      <Clock since={conversation.opened_at} />
                    </button>
                  </li>
                ))}
              </ul>
            </Card>
          );
        })}
      </div>
      <div>
        {talk ? (
          <Dialogue key={talk.conversation.id} talk={talk} />
        ) : (
          <p className="soft" role="status">
            {chosen ? t.over : t.choose}
          </p>
        )}
      </div>
    </div>
  );
}
