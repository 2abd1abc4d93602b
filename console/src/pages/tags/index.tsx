import { TagOutlined } from "@ant-design/icons";
import { useState } from "react";
import { Badge, Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { Tag as Chip } from "../../parts/Tag";
import { useWords } from "../../words";
import { roleNames } from "../settings/roles";
import { useTags, useUsage, type Tag } from "./data";
import { EditTag } from "./EditTag";
import { words } from "./words";

export default function Tags() {
  const t = useWords(words);
  const roles = useWords(roleNames);
  const tags = useTags();
  const usage = useUsage();
  const [edited, setEdited] = useState<Tag | "new" | null>(null);
  const on = (id: string) => usage.data?.find((one) => one.id === id);
  const sorted = (tags.data ?? []).toSorted((a, b) => (a.group ?? "").localeCompare(b.group ?? "") || a.name.localeCompare(b.name));
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <AddButton onClick={() => setEdited("new")}>{t.add}</AddButton>
      }
    >
      <Listing<Tag>
        read={tags}
        rows={sorted}
        icon={<TagOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            render: (_, one) => <NameButton label={one.name} onClick={() => setEdited(one)}><Chip name={one.name} colour={one.colour} /></NameButton>,
          },
          { title: t.group, render: (_, one) => one.group ?? <span className="soft">{t.noGroup}</span> },
          { title: t.roles, render: (_, one) => (one.roles.length > 0 ? one.roles.map((role) => roles[role] ?? role).join(", ") : <span className="soft">{t.everybody}</span>) },
          { title: t.onConversations, className: "figures", align: "right", render: (_, one) => on(one.id)?.conversations ?? 0 },
          { title: t.onContacts, className: "figures", align: "right", render: (_, one) => on(one.id)?.contacts ?? 0 },
          { title: t.state, render: (_, one) => <Badge tone={one.active ? "good" : "quiet"}>{one.active ? t.active : t.out}</Badge> },
        ]}
      />
      {edited && <EditTag tag={edited === "new" ? null : edited} all={tags.data ?? []} onClose={() => setEdited(null)} />}
    </Page>
  );
}
