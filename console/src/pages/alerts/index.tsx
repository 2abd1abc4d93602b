import { BellOutlined } from "@ant-design/icons";
import { useState } from "react";
import { Badge, Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useQueues } from "../settings/data";
import { useRules, type Rule } from "./data";
import { EditRule } from "./EditRule";
import { useRuleName } from "./firstRules";
import { words } from "./words";

export default function Alerts() {
  const t = useWords(words);
  const { may } = useSession();
  const nameOf = useRuleName();
  const rules = useRules();
  const { data: queues } = useQueues();
  const [edited, setEdited] = useState<Rule | "new" | null>(null);
  const mayEdit = may("work.assign");
  const metric = (name: string) => t[name as "waiting"] ?? name;
  const when = (rule: Rule) => {
    const limit = rule.below ? t.falls(String(rule.threshold)) : t.rises(String(rule.threshold));
    return rule.for > 0 ? t.lasting(limit, rule.for) : limit;
  };
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        mayEdit && <AddButton onClick={() => setEdited("new")}>{t.add}</AddButton>
      }
    >
      <Listing<Rule>
        read={rules}
        rows={rules.data}
        icon={<BellOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            render: (name: string, rule) => (mayEdit ? <NameButton onClick={() => setEdited(rule)}>{nameOf(name)}</NameButton> : nameOf(name)),
          },
          { title: t.metric, dataIndex: "metric", render: metric },
          { title: t.condition, key: "when", className: "figures", render: (_, rule) => when(rule) },
          { title: t.scope, dataIndex: "queue", render: (id: string | null) => queues?.find((queue) => queue.id === id)?.name ?? t.everywhere },
          { title: t.state, dataIndex: "enabled", render: (isOn: boolean) => <Badge tone={isOn ? "good" : "quiet"}>{isOn ? t.on : t.off}</Badge> },
        ]}
      />
      {edited && <EditRule key={edited === "new" ? "new" : edited.id} rule={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
    </Page>
  );
}
