import { Button, Segmented } from "antd";
import { useState, type ReactNode } from "react";
import { useNames } from "../../agent/hooks";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { MaskedNumber } from "../../parts/MaskedNumber";
import { Moment } from "../../parts/Moment";
import { useHappened } from "../../events";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useDo, useToDo } from "./todo";
import { words } from "./todoWords";

type Kind = "callbacks" | "unserved" | "messages";

function Item({ children, below, action }: { children: ReactNode; below?: ReactNode; action: ReactNode }) {
  return (
    <li className="todo">
      <div className="todo-words">
        <div className="todo-top">{children}</div>
        {below && <div className="soft todo-below">{below}</div>}
      </div>
      {action}
    </li>
  );
}

/** What was promised, who was not served, what was left: each with its one deed. */
export function ToDo() {
  const t = useWords(words);
  const { agent } = useSession();
  const names = useNames();
  const todo = useToDo();
  const deed = useDo();
  const [kind, setKind] = useState<Kind>("callbacks");
  useHappened(({ type }) => {
    if (type === "callback_due") setKind("callbacks");
  });
  const count = { callbacks: todo.callbacks.length, unserved: todo.unserved.length, messages: todo.messages.length };
  const failed: Record<string, string> = { abandoned: t.abandoned, turned_away: t.turned_away, voicemail: t.voicemail, callback_failed: t.callback_failed };
  const press = (text: string, act: Parameters<typeof deed.mutate>[0]) => (
    <Button size="small" loading={deed.isPending && deed.variables.id === act.id} onClick={() => deed.mutate(act)}>
      {text}
    </Button>
  );
  return (
    <Card title={t.title}>
      <Segmented<Kind>
        block
        className="todo-kinds"
        value={kind}
        onChange={setKind}
        options={(["callbacks", "unserved", "messages"] as const).map((one) => ({ value: one, label: count[one] > 0 ? `${t[one]} ${count[one]}` : t[one] }))}
      />
      <ul className="todos">
        {kind === "callbacks" &&
          todo.callbacks.map((one) => (
            <Item
              key={one.id}
              below={one.note}
              action={one.state === "calling" ? <span className="soft">{t.calling}</span> : press(t.call, { what: "call", of: "callbacks", id: one.id })}
            >
              <MaskedNumber number={one.number} />
              {one.overdue ? <Badge tone="bad">{t.overdue}</Badge> : <span className="soft">{one.waiting_since ? t.waits : t.due}</span>} <Moment at={one.waiting_since ?? one.due_from} />
            </Item>
          ))}
        {kind === "unserved" &&
          todo.unserved.map((one) => (
            <Item
              key={one.id}
              below={`${names.queue(one.queue) ?? ""} · ${failed[one.kind] ?? one.kind} · ${t.tries(one.tries)}`}
              action={
                one.state === "claimed" && one.agent !== agent?.id ? (
                  <span className="soft">{names.agent(one.agent)}</span>
                ) : one.state === "claimed" ? (
                  press(t.call, { what: "call", of: "unserved", id: one.id })
                ) : (
                  press(t.claim, { what: "claim", of: "unserved", id: one.id })
                )
              }
            >
              <MaskedNumber number={one.number} /> <Moment at={one.last_at} />
            </Item>
          ))}
        {kind === "messages" &&
          todo.messages.map((one) => (
            <Item
              key={one.id}
              below={one.text || t.seconds(Math.round(one.duration_ms / 1000))}
              action={
                one.state === "open" ? (
                  press(t.claim, { what: "claim", of: "left_messages", id: one.id })
                ) : one.agent === agent?.id ? (
                  press(t.done, { what: "close", of: "left_messages", id: one.id })
                ) : (
                  <span className="soft">{names.agent(one.agent)}</span>
                )
              }
            >
              <MaskedNumber number={one.from} /> <Moment at={one.left_at} />
            </Item>
          ))}
      </ul>
      {count[kind] === 0 && <p className="soft">{kind === "callbacks" ? t.noCallbacks : kind === "unserved" ? t.noUnserved : t.noMessages}</p>}
    </Card>
  );
}
