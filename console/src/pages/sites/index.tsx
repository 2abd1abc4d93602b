import { MessageOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Space } from "antd";
import { useState } from "react";
import { api, done, type Shown } from "../../api";
import { Badge, Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { ShownOnce } from "../../parts/ShownOnce";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useQueues } from "../settings/data";
import { EditTextInbox, type Kind } from "./EditTextInbox";
import { rateWords } from "./rateWords";
import { words } from "./words";

type TextInbox = Shown["TextInboxReply"];

/** Inboxes for what is written: chats on sites, other programs, and help desks for our own people. */
export default function TextInboxes() {
  const t = useWords(words);
  const r = useWords(rateWords);
  const account = useAccount();
  const { may } = useSession();
  const queues = useQueues();
  const [edited, setEdited] = useState<TextInbox | Kind | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const inboxes = useQuery({
    queryKey: ["inboxes", "text"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/text_inboxes", { params: { path: account } })),
  });
  const mayEdit = may("inboxes.edit");
  const add = mayEdit && (
    <Space wrap>
      <Button icon={<PlusOutlined />} onClick={() => setEdited("api")}>
        {t.addApi}
      </Button>
      <Button icon={<PlusOutlined />} onClick={() => setEdited("help_desk")}>
        {t.addInternal}
      </Button>
      <AddButton onClick={() => setEdited("web_chat")}>{t.addSite}</AddButton>
    </Space>
  );
  return (
    <Page title={t.title} about={t.about} actions={add}>
      <Listing<TextInbox>
        read={inboxes}
        rows={inboxes.data}
        icon={<MessageOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            render: (name: string, inbox) => (mayEdit && inbox.active ? <NameButton onClick={() => setEdited(inbox)}>{name}</NameButton> : name),
          },
          { title: t.kind, dataIndex: "channel", render: (channel: string) => (channel === "web_chat" ? t.site : channel === "help_desk" ? t.internal : t.api) },
          { title: t.queue, dataIndex: "queue", render: (id: string) => queues.data?.find((queue) => queue.id === id)?.name ?? "" },
          { title: r.turnedAway, dataIndex: "turned_away", render: (counted: TextInbox["turned_away"]) => Object.entries(counted).map(([why, count]) => `${String(r[why as keyof typeof r] ?? why)}: ${count}`).join(", ") },
          { title: t.state, dataIndex: "active", render: (active: boolean) => <Badge tone={active ? "good" : "quiet"}>{active ? t.active : t.off}</Badge> },
        ]}
      />
      {edited && <EditTextInbox key={typeof edited === "string" ? edited : edited.id} inbox={edited} onSecret={setSecret} onClose={() => setEdited(null)} />}
      {secret && <ShownOnce title={t.secret} help={t.secretHelp} secret={secret} understood={t.understood} onClose={() => setSecret(null)} />}
    </Page>
  );
}
