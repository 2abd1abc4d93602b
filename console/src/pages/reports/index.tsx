import { useQuery } from "@tanstack/react-query";
import { Button, Select, Space, Table } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { api, done, type Shown } from "../../api";
import { Empty, Page, Trouble, Waiting } from "../../parts";
import { channelNames } from "../../parts/channelNames";
import { InternalChoice } from "../../parts/InternalChoice";
import { useAccount } from "../../session";
import { useLanguage, useWords } from "../../words";
import { CHANNELS } from "../review/wanted";
import { asked, PERIODS, query, written, type Asked } from "./asked";
import { useNames } from "./data";
import { Rows } from "./Rows";
import { shown } from "./shown";
import "./reports.css";
import { words } from "./words";

type Figure = Shown["FigureReply"];
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** A figure of the catalogue over some days: whole, and told by channel, inbox, queue, agent, tag, segment, hour or outcome. */
export default function Reports() {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const account = useAccount();
  const { language } = useLanguage();
  const names = useNames();
  const [search, setSearch] = useSearchParams();
  const [listed, setListed] = useState<string | null>(null);
  const wish = asked(search);
  const catalogue = useQuery({
    queryKey: ["metrics"],
    queryFn: () => done(api.GET(`${ACCOUNT}/reports/metrics`, { params: { path: account } })),
    staleTime: Infinity,
  });
  const known = catalogue.data?.find((one) => one.id === wish.metric);
  const wanted = query(wish, known?.by ?? [], new Date());
  const report = useQuery({
    queryKey: ["reports", wish.metric, wanted],
    enabled: known !== undefined,
    queryFn: () => done(api.GET(`${ACCOUNT}/reports/{metric}`, { params: { path: { ...account, metric: wish.metric }, query: wanted } })),
  });
  if (catalogue.isPending) return <Waiting whole />;
  if (catalogue.isError) return <Trouble whole problem={catalogue.error} again={() => void catalogue.refetch()} />;
  const said = known && (language === "zh" ? known.zh : known.en);
  const put = (change: Partial<Asked>) => setSearch(written({ ...wish, ...change }), { replace: true });
  const can = (by: string) => known?.by.includes(by) ?? false;
  const bys: Record<string, string> = { queue: t.queue, agent: t.agent, hour: t.hour, detail: t.detail, channel: t.channel, inbox: t.inbox, tag: t.tag, segment: t.segment };
  const by = wanted.by ?? "";
  const unit = known?.unit ?? "count";
  const parts = report.data?.parts ?? [];
  const most = Math.max(0, ...parts.map((part) => part.value ?? 0));
  const name = (part: Figure) => {
    if (part.hour !== null && part.hour !== undefined) return new Date(part.hour).toLocaleString(language, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
    if (part.channel) return channels[part.channel] ?? part.channel;
    const id = part.queue ?? part.agent ?? part.inbox ?? part.tag ?? part.segment;
    return id ? (names.get(id) ?? t.gone) : part.detail || t.none;
  };
  const choice = (of: keyof Asked & ("inbox" | "tag" | "segment"), options: { value: string; label: string }[]) =>
    can(of) && <Select allowClear showSearch={{ optionFilterProp: "label" }} className="report-filter" aria-label={bys[of]} placeholder={bys[of]} value={wish[of]} onChange={(id) => put({ [of]: id ?? null })} options={options} />;
  return (
    <Page title={t.title} about={t.about}>
      <Space wrap className="report-choice">
        <Select
          showSearch={{ optionFilterProp: "label" }}
          popupMatchSelectWidth={false}
          className="report-metric"
          aria-label={t.figure}
          value={wish.metric}
          onChange={(metric) => put({ metric })}
          options={catalogue.data.map((one) => ({ value: one.id, label: (language === "zh" ? one.zh : one.en).name }))}
        />
        <Select aria-label={t.period} value={wish.days} onChange={(days) => put({ days })} options={PERIODS.map((days) => ({ value: days, label: t.days(days) }))} />
        <Select popupMatchSelectWidth={false} aria-label={t.by} value={by} onChange={(next) => put({ by: next })} options={(known?.by ?? []).map((one) => ({ value: one, label: t.byOf(bys[one] ?? one) }))} />
        {can("channel") && (
          <Select allowClear className="report-filter" aria-label={t.channel} placeholder={t.channel} value={wish.channel} onChange={(channel) => put({ channel: channel ?? null })} options={CHANNELS.map((one) => ({ value: one, label: channels[one] ?? one }))} />
        )}
        {choice("inbox", names.inboxes)}
        {choice("tag", names.tags)}
        {choice("segment", names.segments)}
        {can("channel") && <InternalChoice value={wish.internal} onChange={(internal) => put({ internal })} />}
      </Space>
      {report.isError && <Trouble problem={report.error} again={() => void report.refetch()} />}
      {report.data && (
        <dl className="report-whole">
          <dt className="soft">{said?.name}</dt>
          <dd>{shown(report.data.total.value, unit)}</dd>
          <dd className="soft report-formula">{said?.formula}</dd>
        </dl>
      )}
      <Table<Figure>
        rowKey={(part) => [part.queue, part.agent, part.inbox, part.tag, part.segment, part.channel, part.hour, part.detail].join("|")}
        size="middle"
        loading={report.isPending}
        pagination={false}
        scroll={parts.length > 0 ? { x: "max-content" } : undefined}
        showHeader={report.isPending || parts.length > 0}
        dataSource={parts}
        locale={{ emptyText: report.isPending ? " " : <Empty title={t.nothing}>{t.nothingHelp}</Empty> }}
        columns={[
          { title: bys[by], key: "name", render: (_, part) => name(part) },
          { title: said?.name, key: "value", align: "right", render: (_, part) => <span className="figures">{shown(part.value, unit)}</span> },
          { title: "", key: "bar", width: "40%", render: (_, part) => <span className="report-bar" style={{ inlineSize: `${most > 0 ? ((part.value ?? 0) / most) * 100 : 0}%` }} /> },
          { title: t.rows, dataIndex: "rows", align: "right" },
        ]}
      />
      {parts.length > 0 && listed !== search.toString() && (
        <Button className="report-more" onClick={() => setListed(search.toString())}>
          {t.showRows}
        </Button>
      )}
      {listed === search.toString() && <Rows metric={wish.metric} wanted={wanted} unit={unit} />}
    </Page>
  );
}
