import { CheckCircleFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Progress } from "antd";
import { Link } from "react-router";
import { api, done } from "../../api";
import { DemoPackCard } from "../../demo/DemoPackCard";
import { Badge, Card, Page, Waiting } from "../../parts";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useAgents, useFlows, useInboxes, useQueues, useTrunks } from "../settings/data";
import { next, steps, type StepName } from "./steps";
import { words } from "./words";
import css from "./guide.module.css";

export default function Guide() {
  const t = useWords(words);
  const account = useAccount();
  const { may } = useSession();
  const queues = useQueues();
  const agents = useAgents();
  const flows = useFlows();
  const inboxes = useInboxes();
  const trunks = useTrunks(may("trunks.manage"));
  const calls = useQuery({
    queryKey: ["conversations", "first"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations", { params: { path: account, query: { limit: 1 } } })),
  });
  if ([queues, agents, flows, inboxes, calls].some((one) => one.isPending)) return <Waiting whole />;
  const numbers = (inboxes.data ?? []).flatMap((inbox) => inbox.numbers);
  const all = steps({
    queues: queues.data?.length ?? 0,
    agents: agents.data?.length ?? 0,
    flows: flows.data?.length ?? 0,
    numbers,
    trunks: trunks.data?.length ?? 0,
    ready: (agents.data ?? []).filter((agent) => agent.presence.state === "ready").length,
    calls: calls.data?.length ?? 0,
  });
  const names: Record<StepName, [string, string]> = {
    queue: [t.queue, t.queueHelp],
    agent: [t.agent, t.agentHelp],
    flow: [t.flow, t.flowHelp],
    number: [t.number, t.numberHelp],
    trunk: [t.trunk, t.trunkHelp],
    ready: [t.ready, t.readyHelp],
    call: [t.call, t.callHelp(numbers.slice(0, 3).join(", "))],
  };
  const now = next(all);
  const count = all.filter((step) => step.isDone).length;
  return (
    <Page title={t.title} about={t.about}>
      {now === null && <Alert type="success" showIcon title={t.allDone} description={t.allDoneHelp} />}
      <Progress aria-label={t.title} percent={Math.round((100 * count) / all.length)} format={() => t.of(count, all.length)} />
      <Card flush>
        <ol className={css.steps}>
          {all.map((step, n) => (
            <li key={step.name} className={css.step} data-now={step.name === now || undefined}>
              <span className={css.mark}>{step.isDone ? <CheckCircleFilled aria-label={t.done} /> : n + 1}</span>
              <div>
                <h2>
                  {names[step.name][0]} {step.isOptional && !step.isDone && <Badge tone="quiet">{t.optional}</Badge>}
                </h2>
                <p className="soft">{names[step.name][1]}</p>
              </div>
              <Link to={step.to}>
                <Button type={step.name === now ? "primary" : "default"}>{t.open}</Button>
              </Link>
            </li>
          ))}
        </ol>
      </Card>
      <DemoPackCard account={account} />
    </Page>
  );
}
