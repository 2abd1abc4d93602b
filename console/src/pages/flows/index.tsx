import { PlusOutlined } from "@ant-design/icons";
import { Button, Table } from "antd";
import { useState } from "react";
import { Empty, Page, Trouble } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useFlows, useInboxes, type Flow } from "../settings/data";
import { EditFlow } from "./EditFlow";
import { NewFlow } from "./NewFlow";
import { words } from "./words";

const steps = (flow: Flow) => Object.keys((flow.document as { steps?: object } | null)?.steps ?? {}).length;

export default function Flows() {
  const t = useWords(words);
  const { may } = useSession();
  const flows = useFlows();
  const { data: inboxes } = useInboxes(may("inboxes.read"));
  const [edited, setEdited] = useState<string | null>(null);
  const [isNew, setNew] = useState(false);
  const numbers = (id: string) => (inboxes ?? []).filter((inbox) => inbox.flow === id).flatMap((inbox) => inbox.numbers);
  const flow = flows.data?.find((one) => one.id === edited);
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        may("flows.edit") && (
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setNew(true)}>
            {t.add}
          </Button>
        )
      }
    >
      {flows.isError && <Trouble problem={flows.error} again={() => void flows.refetch()} />}
      <Table<Flow>
        rowKey="id"
        size="middle"
        loading={flows.isPending}
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={flows.data ?? []}
        locale={{ emptyText: flows.isPending ? " " : <Empty title={t.none}>{t.noneHelp}</Empty> }}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            render: (name: string, one) => (
              <Button type="link" style={{ padding: 0 }} onClick={() => setEdited(one.id)}>
                {name}
              </Button>
            ),
          },
          { title: t.version, dataIndex: "version", className: "figures" },
          { title: t.steps, key: "steps", className: "figures", render: (_, one) => steps(one) },
          { title: t.numbers, key: "numbers", className: "figures", render: (_, one) => numbers(one.id).join(", ") || "–" },
        ]}
      />
      {flow && <EditFlow key={`${flow.id}${flow.version}`} flow={flow} mayPublish={may("flows.edit")} onClose={() => setEdited(null)} />}
      {isNew && <NewFlow onClose={() => setNew(false)} />}
    </Page>
  );
}
