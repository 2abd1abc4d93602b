import { KeyOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Popconfirm, Tag } from "antd";
import { useState } from "react";
import { api, done, type Shown } from "../../api";
import { Badge, Moment, Page, useTold } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { ShownOnce } from "../../parts/ShownOnce";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useSave, useUsers } from "../settings/data";
import { NewToken } from "./NewToken";
import { words } from "./words";

type Token = Shown["TokenReply"];

export default function Tokens() {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const { may } = useSession();
  const { data: users } = useUsers(may("users.manage"));
  const [isNew, setNew] = useState(false);
  const [shown, setShown] = useState<string | null>(null);
  const tokens = useQuery({
    queryKey: ["api_tokens"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/api_tokens", { params: { path: account } })),
  });
  const revoke = useSave(
    (account, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/api_tokens/{id}", { params: { path: { ...account, id } } })),
    ["api_tokens"],
  );
  const add = <AddButton onClick={() => setNew(true)}>{t.add}</AddButton>;
  return (
    <Page title={t.title} about={t.about} actions={add}>
      <Listing<Token>
        read={tokens}
        rows={tokens.data}
        icon={<KeyOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        isPaged
        columns={[
          { title: t.name, dataIndex: "name" },
          {
            title: t.scopes,
            dataIndex: "permissions",
            width: 320,
            render: (scopes: string[]) => scopes.map((scope) => <Tag key={scope}>{scope}</Tag>),
          },
          { title: t.by, dataIndex: "user_id", render: (id: string) => users?.find((user) => user.id === id)?.name ?? "" },
          { title: t.made, dataIndex: "created_at", render: (at: number) => <Moment at={at} /> },
          { title: t.ends, dataIndex: "expires_at", render: (at: number) => <Moment at={at} /> },
          { title: t.seen, dataIndex: "seen_at", render: (at: number | null) => (at ? <Moment at={at} /> : <span className="soft">{t.never}</span>) },
          {
            title: t.state,
            dataIndex: "expired",
            render: (isOver: boolean) => <Badge tone={isOver ? "quiet" : "good"}>{isOver ? t.expired : t.valid}</Badge>,
          },
          {
            key: "end",
            render: (_, token) => (
              <Popconfirm
                title={t.revokeTitle}
                description={<div style={{ maxWidth: 280 }}>{t.revokeHelp}</div>}
                okText={t.revoke}
                okButtonProps={{ danger: true }}
                onConfirm={() => revoke.mutate(token.id, { onSuccess: () => told.good(t.revoked), onError: told.bad })}
              >
                <Button danger size="small">
                  {t.revoke}
                </Button>
              </Popconfirm>
            ),
          },
        ]}
      />
      {isNew && <NewToken onClose={() => setNew(false)} onMade={setShown} />}
      {shown && <ShownOnce title={t.shownTitle} help={t.shownHelp} secret={`Authorization: Bearer ${shown}`} understood={t.understood} onClose={() => setShown(null)} />}
    </Page>
  );
}
