import { EyeOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { useState } from "react";
import { api, done, type Shown } from "../../api";
import { Card, Moment, useTold } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { Attach } from "./Attach";
import { words } from "./words";

type Mentorship = Shown["MentorshipReply"];
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** Everybody who mentors somebody, and how it is begun and ended. */
export function Attached() {
  const t = useWords(words);
  const account = useAccount();
  const told = useTold();
  const [isAdding, setAdding] = useState(false);
  const all = useQuery({ queryKey: ["mentors"], queryFn: () => done(api.GET(`${ACCOUNT}/mentors`, { params: { path: account } })) });
  const end = useSave((account, id: string) => done(api.DELETE(`${ACCOUNT}/mentors/{id}`, { params: { path: { ...account, id } } })), ["mentors"], ["mentoring"]);
  const names = (one: Mentorship) => [one.mentor_name ?? "", one.agent_name ?? ""] as const;
  return (
    <Card flush title={t.who} actions={<AddButton onClick={() => setAdding(true)}>{t.add}</AddButton>}>
      <Listing<Mentorship>
        read={all}
        rows={all.data}
        icon={<EyeOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          { title: t.mentor, render: (_, one) => one.mentor_name },
          { title: t.agent, render: (_, one) => one.agent_name },
          { title: t.until, render: (_, one) => (one.until ? <Moment at={one.until - 1} /> : <span className="soft">{t.forGood}</span>) },
          {
            align: "right",
            render: (_, one) => (
              <Popconfirm title={t.endSure(...names(one))} okText={t.end} onConfirm={() => end.mutate(one.id, { onSuccess: () => told.good(t.ended), onError: told.bad })}>
                <Button size="small" aria-label={`${t.end}: ${names(one).join(" · ")}`}>
                  {t.end}
                </Button>
              </Popconfirm>
            ),
          },
        ]}
      />
      {isAdding && <Attach onClose={() => setAdding(false)} />}
    </Card>
  );
}
