import { FilterOutlined } from "@ant-design/icons";
import { Button, Space, Tabs } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { api, done } from "../../api";
import { Badge, Moment, Page, Trouble, useTold } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { ACCOUNT, findSaid, useFilters, useHeld, usePast, type Filter, type Filtered } from "./data";
import { EditFilter } from "./EditFilter";
import { Refuse } from "./Refuse";
import "./text-filters.css";
import { words } from "./words";

interface Said {
  id: string;
  verdict: "harmless" | "harmful";
  block?: string | null;
}

/** What filters found in messages: what waits for somebody's word, what is past, and the filters themselves. */
export default function TextFilters() {
  const t = useWords(words);
  const told = useTold();
  const { may } = useSession();
  const [tab, setTab] = useState("held");
  const [edited, setEdited] = useState<Filter | "new" | null>(null);
  const [refused, setRefused] = useState<Filtered | null>(null);
  const [filters, held, past] = [useFilters(), useHeld(), usePast(tab === "past")];
  const mayEdit = may("settings.manage");
  const judge = useSave(
    (path, { id, verdict, block }: Said) => done(api.POST(`${ACCOUNT}/filtered_texts/{id}/verdict`, { params: { path: { ...path, id } }, body: { verdict, block: block ?? null } })),
    ["text_filters"],
    ["conversations"],
  );
  const say = (said: Said, good: string, then?: () => void) =>
    judge.mutate(said, {
      onSuccess: () => {
        told.good(good);
        then?.();
      },
    });
  const doneWith: Record<string, string> = { mark: t.mark, hold: t.hold, refuse: t.refuses };
  const message = {
    title: t.said,
    render: (_: unknown, one: Filtered) => (
      <div className="filtered-text">
        <strong>{one.contact_name ?? t.somebody}</strong>
        <p>{one.text}</p>
        {one.files > 0 && <span className="soft">{t.files(one.files)}</span>}
      </div>
    ),
  };
  const found = {
    title: t.found,
    render: (_: unknown, one: Filtered) =>
      one.found.map((by) => (
        <div key={by.filter} className="filtered-found">
          {by.finds.map((find) => findSaid(t, find)).join(", ")} <span className="soft">{t.by(by.name)}</span>
        </div>
      )),
  };
  const came = { title: t.at, dataIndex: "at", render: (at: number) => <Moment at={at} /> };
  const tabs = [
    {
      key: "held",
      label: held.data?.length ? `${t.held} (${held.data.length})` : t.held,
      children: (
        <Listing<Filtered>
          read={held}
          rows={held.data}
          icon={<FilterOutlined />}
          none={t.noneHeld}
          noneHelp={t.noneHeldHelp}
          columns={[
            message,
            found,
            came,
            {
              title: "",
              render: (_, one) => (
                <Space wrap>
                  <Button type="primary" loading={judge.isPending && judge.variables.id === one.id} onClick={() => say({ id: one.id, verdict: "harmless" }, t.delivered)}>
                    {t.letThrough}
                  </Button>
                  <Button danger onClick={() => setRefused(one)}>
                    {t.refuse}
                  </Button>
                </Space>
              ),
            },
          ]}
        />
      ),
    },
    {
      key: "past",
      label: t.past,
      children: (
        <>
          <Listing<Filtered>
            read={past}
            rows={past.data?.pages.flat()}
            icon={<FilterOutlined />}
            none={t.nonePast}
            noneHelp={t.nonePastHelp}
            columns={[
              message,
              found,
              { title: t.action, dataIndex: "action", render: (action: string) => doneWith[action] ?? action },
              came,
              {
                title: "",
                render: (_, one) => (
                  <Space wrap>
                    {one.verdict ? (
                      <Badge tone={one.verdict === "harmless" ? "warn" : "good"}>{one.verdict === "harmless" ? t.harmless : t.harmful}</Badge>
                    ) : (
                      <>
                        <Button size="small" onClick={() => say({ id: one.id, verdict: "harmless" }, t.noted)}>
                          {t.wasHarmless}
                        </Button>
                        <Button size="small" onClick={() => say({ id: one.id, verdict: "harmful" }, t.noted)}>
                          {t.wasRight}
                        </Button>
                      </>
                    )}
                    {one.conversation && <Link to={`/review/${one.conversation}`}>{t.open}</Link>}
                  </Space>
                ),
              },
            ]}
          />
          {past.hasNextPage && (
            <Button loading={past.isFetchingNextPage} onClick={() => void past.fetchNextPage()}>
              {t.more}
            </Button>
          )}
        </>
      ),
    },
    {
      key: "filters",
      label: t.filters,
      children: (
        <Listing<Filter>
          read={filters}
          rows={filters.data}
          icon={<FilterOutlined />}
          none={t.none}
          noneHelp={t.noneHelp}
          columns={[
            { title: t.name, render: (_, one) => (mayEdit ? <NameButton onClick={() => setEdited(one)}>{one.name}</NameButton> : one.name) },
            { title: t.action, dataIndex: "action", render: (action: string) => doneWith[action] ?? action },
            { title: t.finds, render: (_, one) => <Finds filter={one} /> },
            { title: t.state, dataIndex: "active", render: (active: boolean) => <Badge tone={active ? "good" : "quiet"}>{active ? t.active : t.off}</Badge> },
          ]}
        />
      ),
    },
  ];
  return (
    <Page title={t.title} about={t.about} actions={mayEdit && <AddButton onClick={() => setEdited("new")}>{t.add}</AddButton>}>
      {judge.error !== null && refused === null && <Trouble problem={judge.error} />}
      <Tabs activeKey={tab} onChange={setTab} items={tabs} />
      {edited && <EditFilter key={edited === "new" ? "new" : edited.id} filter={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {refused && (
        <Refuse
          text={refused}
          isSaving={judge.isPending}
          problem={judge.error}
          onRefuse={(block) => say({ id: refused.id, verdict: "harmful", block }, t.refused, () => setRefused(null))}
          onClose={() => setRefused(null)}
        />
      )}
    </Page>
  );
}

/** Which of its words find much, and which of them wrongly: those are the bad ones. */
function Finds({ filter }: { filter: Filter }) {
  const t = useWords(words);
  return filter.finds.map((find) => (
    <div key={`${find.kind} ${find.what ?? ""}`}>
      {findSaid(t, find)} <span className="figures">{find.found}</span>
      {find.harmless > 0 && (
        <span className="filtered-wrong">
          {" "}
          {t.wrong} <span className="figures">{find.harmless}</span>
        </span>
      )}
    </div>
  ));
}
