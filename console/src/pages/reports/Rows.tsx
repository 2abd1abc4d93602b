import { Table } from "antd";
import { Link } from "react-router";
import type { Shown } from "../../api";
import { Badge, clock, Moment, Trouble } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useNames, useRows } from "./data";
import { words } from "./words";

type Sample = Shown["SampleReply"];

interface Props {
  metric: string;
  wanted: Record<string, string | number>;
  unit: string;
}

/** What a figure is made of, one by one; each leads to its conversation. */
export function Rows({ metric, wanted, unit }: Props) {
  const t = useWords(words);
  const { may } = useSession();
  const names = useNames();
  const rows = useRows(metric, wanted);
  if (rows.isError) return <Trouble problem={rows.error} again={() => void rows.refetch()} />;
  const name = (id: string | null | undefined) => (id ? (names.get(id) ?? "") : "");
  return (
    <Table<Sample>
      rowKey={(row, n) => `${row.at}${row.conversation_id ?? ""}${row.agent ?? ""}${n}`}
      title={() => t.rowsTitle}
      size="small"
      loading={rows.isPending}
      pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
      scroll={{ x: "max-content" }}
      dataSource={rows.data ?? []}
      columns={[
        { title: t.when, dataIndex: "at", render: (at: number) => <Moment at={at} /> },
        { title: t.queue, dataIndex: "queue", render: name },
        { title: t.agent, dataIndex: "agent", render: name },
        { title: t.lasted, dataIndex: "ms", align: "right", render: (ms: number) => clock(ms) },
        { title: t.detail, dataIndex: "detail" },
        ...(unit === "percent" ? [{ title: t.counts, dataIndex: "counts", render: (counts: boolean) => <Badge tone={counts ? "good" : "warn"}>{counts ? t.yes : t.no}</Badge> }] : []),
        ...(may("recordings.play") ? [{ title: "", dataIndex: "conversation_id", render: (id: string | null) => id && <Link to={`/review?c=${id}`}>{t.open}</Link> }] : []),
      ]}
    />
  );
}
