import { SafetyOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { Badge, Moment, Page } from "../../parts";
import { Listing } from "../../parts/Listing";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { words } from "./words";

type Limit = Shown["LimitReply"];

export default function Limits() {
  const t = useWords(words);
  const account = useAccount();
  const limits = useQuery({
    queryKey: ["limits"],
    refetchInterval: 10_000,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/limits", { params: { path: account } })),
  });
  const names: Record<string, string> = { guessing: t.guessing, flood: t.flood, connections: t.connections, strangers: t.strangers };
  return (
    <Page title={t.title} about={t.about}>
      <Listing<Limit>
        read={limits}
        rows={limits.data}
        rowKey={(one) => `${one.limit} ${one.address ?? ""} ${one.extension ?? ""}`}
        icon={<SafetyOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        isPaged
        columns={[
          { title: t.limit, dataIndex: "limit", render: (limit: string) => names[limit] ?? limit },
          { title: t.address, dataIndex: "address", className: "figures", render: (address: string | null) => address ?? t.everywhere },
          { title: t.extension, dataIndex: "extension", className: "figures" },
          { title: t.since, dataIndex: "since", render: (at: number) => <Moment at={at} /> },
          { title: t.until, dataIndex: "until", render: (at: number | null) => (at ? <Moment at={at} /> : t.open) },
          { title: t.refused, dataIndex: "refused", className: "figures" },
          { title: "", dataIndex: "known", render: (isKnown: boolean) => isKnown && <Badge tone="warn">{t.known}</Badge> },
        ]}
      />
    </Page>
  );
}
