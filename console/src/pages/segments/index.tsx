import { TeamOutlined } from "@ant-design/icons";
import { useState } from "react";
import { Link } from "react-router";
import { Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useWords } from "../../words";
import type { Tree } from "./condition";
import { useCount, useSegments, type Segment } from "./data";
import { EditSegment } from "./EditSegment";
import { words } from "./words";

export default function Segments() {
  const t = useWords(words);
  const segments = useSegments();
  const [edited, setEdited] = useState<Segment | "new" | null>(null);
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <AddButton onClick={() => setEdited("new")}>{t.add}</AddButton>
      }
    >
      <Listing<Segment>
        read={segments}
        rows={segments.data}
        icon={<TeamOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            render: (_, one) => <NameButton onClick={() => setEdited(one)}>{one.name}</NameButton>,
          },
          { title: t.people, className: "figures", render: (_, one) => <People condition={one.condition as Tree} /> },
          { title: "", key: "show", align: "right", render: (_, one) => <Link to={`/contacts?segment=${one.id}`}>{t.show}</Link> },
        ]}
      />
      {edited && <EditSegment segment={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
    </Page>
  );
}

function People({ condition }: { condition: Tree }) {
  const t = useWords(words);
  const count = useCount(condition).data;
  return count ? t.count(count.people) : "…";
}
