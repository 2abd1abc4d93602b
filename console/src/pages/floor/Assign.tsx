import { Button, Dropdown } from "antd";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Agent, Item } from "./data";
import { words } from "./words";

/** Who can be rung: whoever is ready, of this queue or not. */
const ABLE = ["ready"];

/** Give a waiting caller to a person, past all others. */
export function Assign({ item, agents }: { item: Item; agents: readonly Agent[] }) {
  const t = useWords(words);
  const told = useTold();
  const assign = useSave(
    (account, agent: Agent) =>
      done(api.PUT("/api/v1/accounts/{account_id}/work_items/{id}/assign", { params: { path: { ...account, id: item.id } }, body: { agent: agent.id } })),
    ["work_items"],
    ["queues"],
  );
  const able = agents.filter((agent) => ABLE.includes(agent.state));
  const items = able.map((agent) => ({ key: agent.id, label: agent.name }));
  const give = (id: string) => {
    const agent = able.find((one) => one.id === id);
    if (agent) assign.mutate(agent, { onSuccess: () => told.good(t.assigned(agent.name)), onError: told.bad });
  };
  return (
    <Dropdown trigger={["click"]} menu={{ items: items.length > 0 ? items : [{ key: "", label: t.nobodyReady, disabled: true }], onClick: ({ key }) => give(key) }}>
      <Button size="small" loading={assign.isPending}>
        {t.assign}
      </Button>
    </Dropdown>
  );
}
