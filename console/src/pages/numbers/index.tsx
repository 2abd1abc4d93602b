import { PhoneOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Badge, Moment, Page, useTold } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useFlows, useInboxes, useSave, type Inbox } from "../settings/data";
import { Close } from "./Close";
import { ClosingCode } from "./ClosingCode";
import { EditInbox } from "./EditInbox";
import { words } from "./words";

export default function Numbers() {
  const t = useWords(words);
  const told = useTold();
  const { may } = useSession();
  const inboxes = useInboxes();
  const { data: flows } = useFlows(may("flows.read"));
  const [edited, setEdited] = useState<Inbox | "new" | null>(null);
  const [closing, setClosing] = useState<Inbox | null>(null);
  const open = useSave(
    (account, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/inboxes/{id}/closure", { params: { path: { ...account, id } } })),
    ["inboxes"],
  );
  const mayEdit = may("inboxes.edit");
  // Inboxes for what is written have a page of their own; one that is closed is opened again here.
  const lines = inboxes.data?.filter((inbox) => inbox.channel === "phone" || inbox.closed);
  const closed = (lines ?? []).filter((inbox) => inbox.closed);
  const add = mayEdit && <AddButton onClick={() => setEdited("new")}>{t.add}</AddButton>;
  const rules: Record<string, string> = { off: t.off, on_answer: t.on_answer, on_bridge: t.on_bridge };
  const flowName = (id: string | null | undefined) => flows?.find((flow) => flow.id === id)?.name ?? (id ? "" : t.noFlow);
  const openAgain = (inbox: Inbox) => open.mutate(inbox.id, { onSuccess: () => told.good(t.saved), onError: told.bad });
  return (
    <Page title={t.title} about={t.about} actions={add}>
      {closed.length > 0 && <Alert type="warning" showIcon title={t.banner(closed.length)} />}
      <Listing<Inbox>
        read={inboxes}
        rows={lines}
        icon={<PhoneOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            render: (name: string, inbox) => (mayEdit ? <NameButton onClick={() => setEdited(inbox)}>{name}</NameButton> : name),
          },
          { title: t.numbers, dataIndex: "numbers", className: "figures", render: (numbers: string[]) => numbers.join(", ") },
          { title: t.flow, dataIndex: "flow", render: flowName },
          { title: t.recording, dataIndex: "recording", render: (rule: Inbox["recording"]) => (rule ? rules[rule.start] ?? rule.start : t.asHouse) },
          {
            title: t.state,
            dataIndex: "closed",
            render: (_, inbox) => {
              if (!inbox.active) return <Badge tone="quiet">{t.inactive}</Badge>;
              if (!inbox.closed) return <Badge tone="good">{t.open}</Badge>;
              return (
                <Badge tone="warn">
                  {t.closedUntil} <Moment at={inbox.closed.until} />
                </Badge>
              );
            },
          },
          {
            title: <span className="unseen">{t.actions}</span>,
            key: "acts",
            align: "right",
            render: (_, inbox) =>
              may("inboxes.close") &&
              inbox.active &&
              (inbox.closed ? (
                <Button size="small" loading={open.isPending} onClick={() => openAgain(inbox)}>
                  {t.openAgain}
                </Button>
              ) : (
                <Button size="small" onClick={() => setClosing(inbox)}>
                  {t.close}
                </Button>
              )),
          },
        ]}
      />
      {may("inboxes.close") && <ClosingCode />}
      {edited && <EditInbox key={edited === "new" ? "new" : edited.id} inbox={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {closing && <Close inbox={closing} onClose={() => setClosing(null)} />}
    </Page>
  );
}
