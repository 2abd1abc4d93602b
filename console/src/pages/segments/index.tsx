import { PlusOutlined, TeamOutlined } from "@ant-design/icons";
import { Button, Table } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { Empty, Page, Trouble } from "../../parts";
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
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited("new")}>
          {t.add}
        </Button>
      }
    >
      {segments.isError && <Trouble problem={segments.error} again={() => void segments.refetch()} />}
      <Table<Segment>
        rowKey="id"
        size="middle"
        loading={segments.isPending}
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={segments.data ?? []}
        locale={{
          emptyText: segments.isPending ? (
            " "
          ) : (
            <Empty icon={<TeamOutlined />} title={t.none}>
              {t.noneHelp}
            </Empty>
          ),
        }}
        columns={[
          {
            title: t.name,
            render: (_, one) => (
              <Button type="link" style={{ padding: 0 }} onClick={() => setEdited(one)}>
                {one.name}
              </Button>
            ),
          },
          { title: t.people, className: "figures", render: (_, one) => <People condition={one.condition as Tree} /> },
          { title: t.show, render: (_, one) => <Link to={`/contacts?segment=${one.id}`}>{t.show}</Link> },
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
