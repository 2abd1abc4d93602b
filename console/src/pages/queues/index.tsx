import { PlusOutlined } from "@ant-design/icons";
import { Button, Table } from "antd";
import { useState } from "react";
import { clock, Empty, Page, Trouble } from "../../parts";
import { useWords } from "../../words";
import { useQueues, type Queue } from "../settings/data";
import { EditQueue } from "./EditQueue";
import { words } from "./words";

export default function Queues() {
  const t = useWords(words);
  const queues = useQueues();
  /** Its id; empty: a new one. */
  const [edited, setEdited] = useState<string | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited("")}>
      {t.add}
    </Button>
  );
  const counted = (agents: Queue["agents"]) => Object.values(agents as Record<string, number>).reduce((sum, count) => sum + count, 0);
  const rules: Record<string, string> = { off: t.off, on_answer: t.on_answer, on_bridge: t.on_bridge };
  return (
    <Page title={t.title} about={t.about} actions={add}>
      {queues.isError && <Trouble problem={queues.error} again={() => void queues.refetch()} />}
      <Table<Queue>
        rowKey="id"
        size="middle"
        loading={queues.isPending}
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={queues.data ?? []}
        locale={{ emptyText: queues.isPending ? " " : <Empty title={t.none}>{t.noneHelp}</Empty> }}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            render: (name: string, queue) => (
              <Button type="link" style={{ padding: 0 }} onClick={() => setEdited(queue.id)}>
                {name}
              </Button>
            ),
          },
          { title: t.agents, dataIndex: "agents", className: "figures", render: counted },
          { title: t.waiting, dataIndex: "waiting", className: "figures" },
          { title: t.longest, dataIndex: "longest_wait_ms", className: "figures", render: (ms: number) => (ms > 0 ? clock(ms) : "–") },
          { title: t.recording, dataIndex: "recording", render: (rule: Queue["recording"]) => (rule ? rules[rule.start] ?? rule.start : t.asNumber) },
        ]}
      />
      {edited !== null && (
        <EditQueue key={edited} id={edited || null} recording={queues.data?.find((queue) => queue.id === edited)?.recording ?? null} onClose={() => setEdited(null)} />
      )}
    </Page>
  );
}
