import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Agent } from "./data";
import { words } from "./words";

/** Choose for somebody: who forgot to sign out, who is needed. It stands in their history with who did it. */
export function Force({ agent }: { agent: Agent }) {
  const t = useWords(words);
  const told = useTold();
  const force = useSave(
    (account, body: Shown["Choice"]) =>
      done(api.PUT("/api/v1/accounts/{account_id}/agents/{id}/presence", { params: { path: { ...account, id: agent.id } }, body })),
    ["queues"],
    ["agents"],
  );
  const choices: Record<string, Shown["Choice"]> = {
    ready: { state: "ready" },
    break: { state: "not_ready", reason: "break" },
    training: { state: "not_ready", reason: "training" },
    out: { state: "logged_out" },
  };
  const items = [
    { key: "ready", label: t.setReady },
    { key: "break", label: t.setBreak },
    { key: "training", label: t.setTraining },
    { type: "divider" as const },
    { key: "out", label: t.signOut, danger: true, disabled: agent.state === "logged_out" },
  ];
  const choose = (key: string) => {
    const choice = choices[key];
    if (choice) force.mutate(choice, { onSuccess: () => told.good(t.done), onError: told.bad });
  };
  return (
    <Dropdown trigger={["click"]} menu={{ items, onClick: ({ key }) => choose(key) }}>
      <Button size="small" type="text" icon={<MoreOutlined />} loading={force.isPending} aria-label={`${t.presence}: ${agent.name}`} />
    </Dropdown>
  );
}
