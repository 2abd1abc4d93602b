import { ClockCircleOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Table } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Empty, Page, Trouble } from "../../parts";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { EditCalendar, type Calendar } from "./EditCalendar";
import { Standing } from "./Standing";
import { words } from "./words";

export default function OpeningHours() {
  const t = useWords(words);
  const account = useAccount();
  /** `null`: a new one. */
  const [edited, setEdited] = useState<Calendar | null | undefined>();
  const all = useQuery({
    queryKey: ["calendars"],
    refetchInterval: 60_000,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/calendars", { params: { path: account } })),
  });
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setEdited(null)}>
          {t.add}
        </Button>
      }
    >
      {all.isError && <Trouble problem={all.error} again={() => void all.refetch()} />}
      <Table<Calendar>
        rowKey="id"
        size="middle"
        loading={all.isPending}
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={all.data ?? []}
        locale={{
          emptyText: all.isPending ? (
            " "
          ) : (
            <Empty icon={<ClockCircleOutlined />} title={t.none}>
              {t.noneHelp}
            </Empty>
          ),
        }}
        columns={[
          {
            title: t.name,
            render: (_, one) => (
              <Button type="link" style={{ paddingInline: 0 }} onClick={() => setEdited(one)}>
                {one.name}
              </Button>
            ),
          },
          { title: t.zone, render: (_, one) => one.calendar.zone },
          { title: t.now, render: (_, one) => <Standing now={one.now} /> },
        ]}
      />
      {edited !== undefined && <EditCalendar key={edited?.id ?? "new"} calendar={edited} onClose={() => setEdited(undefined)} />}
    </Page>
  );
}
