import { Button } from "antd";
import { useState } from "react";
import { Card, Empty } from "../../parts";
import { useWords } from "../../words";
import { AgentRow } from "./AgentRow";
import type { Floor } from "./data";
import { ordered } from "./order";
import { words } from "./words";
import css from "./floor.module.css";

export function Agents({ floor }: { floor: Floor & { aside: number } }) {
  const t = useWords(words);
  const [isAll, setAll] = useState(false);
  const all = ordered(floor.agents);
  const there = all.filter((agent) => agent.state !== "logged_out");
  const names = new Map(floor.queues.map((queue) => [queue.id, queue.name]));
  const shown = isAll ? all : there;
  return (
    <Card flush title={t.agents}>
      {all.length === 0 && <Empty title={t.noAgents}>{t.noAgentsHelp}</Empty>}
      {all.length > 0 && shown.length === 0 && <p className={`soft ${css.out}`}>{t.everybodyOut}</p>}
      <ul className={css.list}>
        {shown.map((agent) => (
          <AgentRow key={agent.id} agent={agent} aside={floor.aside} queueName={(id) => names.get(id) ?? ""} />
        ))}
      </ul>
      {all.length > there.length && (
        <div className={css.out}>
          <Button type="link" size="small" style={{ padding: 0 }} onClick={() => setAll(!isAll)}>
            {isAll ? t.hideOut : t.showOut(all.length - there.length)}
          </Button>
        </div>
      )}
    </Card>
  );
}
