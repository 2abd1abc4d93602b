import { ApartmentOutlined } from "@ant-design/icons";
import { useState } from "react";
import { Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
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
        may("flows.edit") && <AddButton onClick={() => setNew(true)}>{t.add}</AddButton>
      }
    >
      <Listing<Flow>
        read={flows}
        rows={flows.data}
        icon={<ApartmentOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            render: (name: string, one) => <NameButton onClick={() => setEdited(one.id)}>{name}</NameButton>,
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
