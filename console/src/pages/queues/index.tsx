import { UnorderedListOutlined } from "@ant-design/icons";
import { useState } from "react";
import { clock, Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useWords } from "../../words";
import { useQueues, type Queue } from "../settings/data";
import { EditQueue } from "./EditQueue";
import { words } from "./words";

export default function Queues() {
  const t = useWords(words);
  const queues = useQueues();
  /** Its id; empty: a new one. */
  const [edited, setEdited] = useState<string | null>(null);
  const add = <AddButton onClick={() => setEdited("")}>{t.add}</AddButton>;
  const counted = (agents: Queue["agents"]) => Object.values(agents as Record<string, number>).reduce((sum, count) => sum + count, 0);
  const rules: Record<string, string> = { off: t.off, on_answer: t.on_answer, on_bridge: t.on_bridge };
  return (
    <Page title={t.title} about={t.about} actions={add}>
      <Listing<Queue>
        read={queues}
        rows={queues.data}
        icon={<UnorderedListOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            render: (name: string, queue) => <NameButton onClick={() => setEdited(queue.id)}>{name}</NameButton>,
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
