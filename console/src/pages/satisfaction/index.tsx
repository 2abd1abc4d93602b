import { SmileOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Select, Space } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { api, done, type Shown } from "../../api";
import { Moment, Page } from "../../parts";
import { Listing } from "../../parts/Listing";
import { Stars } from "../../parts/Stars";
import { useAccount, useSession } from "../../session";
import { useLanguage, useWords } from "../../words";
import { useAgents, useQueues } from "../settings/data";
import "./satisfaction.css";
import { words } from "./words";

type Rated = Shown["SatisfactionReply"];
const ACCOUNT = "/api/v1/accounts/{account_id}";
const FIGURES = ["satisfaction", "satisfied", "survey_response", "low_ratings"] as const;
const DAY = 86_400_000;
const PAGE = 50;

/** Midnight, so many days ago: it stays the same for a day, and so does what was read. */
function since(days: number): number {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  return day.getTime() - (days - 1) * DAY;
}

/** What contacts say: four figures, and the answers behind them. */
export default function Satisfaction() {
  const t = useWords(words);
  const account = useAccount();
  const { may } = useSession();
  const [days, setDays] = useState(30);
  const [most, setMost] = useState(5);
  const [agent, setAgent] = useState<string | null>(null);
  const agents = useAgents();
  const queues = useQueues();
  const from = since(days);
  const wanted = { from, most, limit: PAGE, ...(agent && { agent }) };
  const list = useInfiniteQuery({
    queryKey: ["conversations", "rated", wanted],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => done(api.GET(`${ACCOUNT}/satisfaction`, { params: { path: account, query: { ...wanted, ...(pageParam !== undefined && { before: pageParam }) } } })),
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.invited_at),
  });
  const rows = list.data?.pages.flat() ?? [];
  const name = (id: string) => agents.data?.find((one) => one.id === id)?.name ?? "";
  return (
    <Page title={t.title} about={t.about}>
      <Space wrap>
        <Select
          aria-label={t.period}
          value={days}
          onChange={setDays}
          options={[
            { value: 7, label: t.week },
            { value: 30, label: t.month },
            { value: 90, label: t.quarter },
          ]}
        />
        <Select
          aria-label={t.which}
          popupMatchSelectWidth={false}
          value={most}
          onChange={setMost}
          options={[
            { value: 5, label: t.all },
            { value: 2, label: t.low },
          ]}
        />
        <Select
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          className="rated-agent"
          aria-label={t.agent}
          placeholder={t.anybody}
          value={agent}
          onChange={(id) => setAgent(id ?? null)}
          options={(agents.data ?? []).map((one) => ({ value: one.id, label: one.name }))}
        />
      </Space>
      <dl className="rated-figures">
        {FIGURES.map((metric) => (
          <Figure key={metric} metric={metric} from={from} agent={agent} />
        ))}
      </dl>
      <Listing<Rated>
        read={list}
        rows={rows}
        rowKey="conversation_id"
        icon={<SmileOutlined />}
        none={most < 5 ? t.noneLow : t.none}
        noneHelp={most < 5 ? undefined : t.noneHelp}
        columns={[
          { title: t.when, dataIndex: "rated_at", render: (at: number | null) => at !== null && <Moment at={at} /> },
          { title: t.stars, dataIndex: "stars", render: (stars: number | null) => stars !== null && <Stars stars={stars} /> },
          { title: t.agent, dataIndex: "agent", render: (id: string) => name(id) },
          { title: t.queue, dataIndex: "queue", render: (id: string | null) => queues.data?.find((queue) => queue.id === id)?.name ?? "" },
          { title: t.channel, dataIndex: "channel", render: (channel: string) => (channel === "phone" ? t.phone : channel === "web_chat" ? t.web_chat : t.api) },
          { title: t.words, dataIndex: "words", className: "rated-words" },
          ...(may("recordings.play") ? [{ title: "", dataIndex: "conversation_id", render: (id: string) => <Link to={`/review?c=${id}`}>{t.open}</Link> }] : []),
        ]}
      />
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t.more}
        </Button>
      )}
    </Page>
  );
}

/** One figure of the catalogue: its name, its value, its formula. */
function Figure({ metric, from, agent }: { metric: (typeof FIGURES)[number]; from: number; agent: string | null }) {
  const t = useWords(words);
  const account = useAccount();
  const { language } = useLanguage();
  const catalogue = useQuery({
    queryKey: ["metrics"],
    queryFn: () => done(api.GET(`${ACCOUNT}/reports/metrics`, { params: { path: account } })),
    staleTime: Infinity,
  });
  const report = useQuery({
    queryKey: ["conversations", "rated", "figure", metric, from, agent],
    queryFn: () => done(api.GET(`${ACCOUNT}/reports/{metric}`, { params: { path: { ...account, metric }, query: { from, ...(agent && { agent }) } } })),
  });
  const known = catalogue.data?.find((one) => one.id === metric);
  const said = known && (language === "zh" ? known.zh : known.en);
  const value = report.data?.total.value;
  const unit = report.data?.unit === "percent" ? " %" : "";
  return (
    <div title={said?.formula}>
      <dt className="soft">{said?.name ?? metric}</dt>
      <dd>{value === null || value === undefined ? t.noValue : `${Math.round(value * 100) / 100}${unit}`}</dd>
    </div>
  );
}
