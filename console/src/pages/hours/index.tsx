import { ClockCircleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, done } from "../../api";
import { Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
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
        <AddButton onClick={() => setEdited(null)}>{t.add}</AddButton>
      }
    >
      <Listing<Calendar>
        read={all}
        rows={all.data}
        icon={<ClockCircleOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            render: (_, one) => <NameButton onClick={() => setEdited(one)}>{one.name}</NameButton>,
          },
          { title: t.zone, render: (_, one) => one.calendar.zone },
          { title: t.now, render: (_, one) => <Standing now={one.now} /> },
        ]}
      />
      {edited !== undefined && <EditCalendar key={edited?.id ?? "new"} calendar={edited} onClose={() => setEdited(undefined)} />}
    </Page>
  );
}
