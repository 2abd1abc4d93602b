import { MoreOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { dictionary, useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Item, Queue } from "./data";

const words = dictionary({
  en: {
    more: "More for who waits",
    first: "Serve next",
    into: (queue: string) => `Let wait in ${queue}`,
    isFirst: "They are the next.",
    moved: (queue: string) => `They wait in ${queue} now, as long as before.`,
  },
  zh: {
    more: "更多操作",
    first: "优先服务",
    into: (queue: string) => `转到“${queue}”等待`,
    isFirst: "已排到最前。",
    moved: (queue: string) => `已转到“${queue}”，等待时间保留。`,
  },
});

const FIRST = "first";

/** Put who waits before all others of their queue, or let them wait in another one. */
export function Move({ item, queues }: { item: Item; queues: readonly Queue[] }) {
  const t = useWords(words);
  const told = useTold();
  const move = useSave(
    (account, to: string) => {
      const params = { path: { ...account, id: item.id } };
      return to === FIRST
        ? done(api.POST("/api/v1/accounts/{account_id}/work_items/{id}/head", { params }))
        : done(api.PUT("/api/v1/accounts/{account_id}/work_items/{id}/queue", { params, body: { queue: to } }));
    },
    ["work_items"],
    ["queues"],
  );
  const others = queues.filter((queue) => queue.id !== item.queue);
  const name = (id: string) => others.find((queue) => queue.id === id)?.name ?? id;
  const act = (to: string) => move.mutate(to, { onSuccess: () => told.good(to === FIRST ? t.isFirst : t.moved(name(to))), onError: told.bad });
  const items = [{ key: FIRST, label: t.first }, ...others.map((queue) => ({ key: queue.id, label: t.into(queue.name) }))];
  return (
    <Dropdown trigger={["click"]} menu={{ items, onClick: ({ key }) => act(key) }}>
      <Button size="small" type="text" icon={<MoreOutlined />} aria-label={t.more} loading={move.isPending} />
    </Dropdown>
  );
}
