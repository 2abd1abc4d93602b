import { Badge, Clock, clock } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import type { Agent } from "./data";
import { Force } from "./Force";
import { LATE_MS, TONES } from "./order";
import { Supervise } from "./Supervise";
import { words } from "./words";
import css from "./floor.module.css";

interface Props {
  agent: Agent;
  /** What our clock is ahead of the server's. */
  aside: number;
  queueName: (id: string) => string;
}

export function AgentRow({ agent, aside, queueName }: Props) {
  const t = useWords(words);
  const { may, agent: me } = useSession();
  const { today } = agent;
  const work = agent.work.find((one) => one.call) ?? agent.work[0];
  const call = agent.work.find((one) => one.state === "active" && one.call)?.call;
  const word = (state: string) => t[state as "ready"] ?? state;
  const isThere = agent.state !== "logged_out";
  return (
    <li className={css.agent}>
      <span className={css.name}>{agent.name}</span>
      <span className={css.state}>
        <Badge tone={TONES[agent.state] ?? "quiet"}>
          {word(agent.state)}
          {agent.reason && `: ${word(agent.reason)}`}
        </Badge>
        {isThere && <Clock since={agent.since + aside} late={LATE_MS[agent.state]} />}
        {work && <span className="soft">{queueName(work.queue)}</span>}
        {agent.next && <span className="soft">{t.next(word(agent.next))}</span>}
      </span>
      <span className={`figures ${css.facts}`}>
        {agent.texts_in_hand > 0 && <span>{t.texts(agent.texts_in_hand)}</span>}
        {today.handled !== undefined && today.handled > 0 && <span>{t.handled(today.handled)}</span>}
        {today.handle_average !== undefined && <span>{t.average(clock(today.handle_average))}</span>}
        {today.missed !== undefined && today.missed > 0 && <span>{t.missed(today.missed)}</span>}
        {agent.unfilled > 0 && <Badge tone="warn">{t.unfilled(agent.unfilled)}</Badge>}
      </span>
      <span className={css.acts}>
        {call && may("calls.supervise") && agent.id !== me?.id && <Supervise call={call} agent={agent} />}
        {may("presence.others") && <Force agent={agent} />}
      </span>
    </li>
  );
}
