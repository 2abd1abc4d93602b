import { GlobalOutlined } from "@ant-design/icons";
import { Button, Tooltip } from "antd";
import { useState } from "react";
import { Badge, Moment, Page, type Tone } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useWords } from "../../words";
import { useTrunks, type Trunk } from "../settings/data";
import { EditTrunk } from "./EditTrunk";
import { TestCall } from "./TestCall";
import { words } from "./words";

const TONES: Record<string, Tone> = { up: "good", down: "bad", unknown: "quiet" };

export default function Trunks() {
  const t = useWords(words);
  const trunks = useTrunks();
  const [edited, setEdited] = useState<Trunk | "new" | null>(null);
  const [tested, setTested] = useState<Trunk | null>(null);
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <AddButton onClick={() => setEdited("new")}>{t.add}</AddButton>
      }
    >
      <Listing<Trunk>
        read={trunks}
        rows={trunks.data}
        icon={<GlobalOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            render: (name: string, trunk) => <NameButton onClick={() => setEdited(trunk)}>{name}</NameButton>,
          },
          {
            title: t.state,
            dataIndex: "health",
            render: (health: string, trunk) => (
              <span style={{ display: "inline-flex", gap: 6 }}>
                <Badge tone={TONES[health] ?? "quiet"}>{t[health as "up"] ?? health}</Badge>
                {trunk.keys_in_clear && (
                  <Tooltip title={t.keysInClearHelp}>
                    <span tabIndex={0}>
                      <Badge tone="warn">{t.keysInClear}</Badge>
                    </span>
                  </Tooltip>
                )}
                {trunk.registered !== null && trunk.registered !== undefined && (
                  <Badge tone={trunk.registered ? "good" : "bad"}>{trunk.registered ? t.registered : t.notRegistered}</Badge>
                )}
              </span>
            ),
          },
          { title: t.calls, dataIndex: "calls", className: "figures" },
          { title: t.host, key: "host", render: (_, trunk) => String((trunk.settings as { host?: string }).host ?? "–") },
          { title: t.networks, dataIndex: "networks", className: "figures", render: (networks: string[]) => networks.join(", ") },
          {
            title: t.failure,
            dataIndex: "last_failure",
            render: (failure: Trunk["last_failure"]) =>
              failure ? (
                <span>
                  {failure.what.replace(/_/g, " ")} {failure.status} <span className="soft"><Moment at={failure.at} /></span>
                </span>
              ) : (
                "–"
              ),
          },
          {
            title: "",
            key: "test",
            align: "right",
            render: (_, trunk) =>
              (trunk.settings as { host?: string }).host && (
                <Button size="small" onClick={() => setTested(trunk)}>
                  {t.test}
                </Button>
              ),
          },
        ]}
      />
      {edited && <EditTrunk key={edited === "new" ? "new" : edited.id} trunk={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {tested && <TestCall trunk={tested} onClose={() => setTested(null)} />}
    </Page>
  );
}
