import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, done } from "../../api";
import { useHappened } from "../../events";
import { Card } from "../../parts/Card";
import { Moment } from "../../parts/Moment";
import { SitePage, TrackLines } from "../../parts/TrackLines";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: { title: "On the site", now: "Is on", since: "since", way: (n: number) => (n === 1 ? "One thing they did" : `${n} things they did`) },
  zh: { title: "网站浏览", now: "正在浏览", since: "自", way: (n: number) => `浏览轨迹（${n} 条）` },
});

interface Now {
  page: string | null;
  title: string | null;
  at: number;
}

/** After this time, in milliseconds, what was told with it is in the rows. */
const STORED = 1_500;

const text = (value: unknown) => (typeof value === "string" ? value : null);

/** Where the visitor is on the site now, as it changes; and their way to it. Nothing where nothing is kept of them. */
export function TrackCard({ conversation }: { conversation: string }) {
  const t = useWords(words);
  const { account } = useSession();
  const queries = useQueryClient();
  const [told, setTold] = useState<Now | null>(null);
  const { data } = useQuery({
    queryKey: ["conversation", conversation, "track"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations/{id}/track", { params: { path: { ...account, id: conversation } } })),
  });
  const timer = useRef<number | undefined>(undefined);
  const again = useCallback(() => void queries.invalidateQueries({ queryKey: ["conversation", conversation, "track"] }), [queries, conversation]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useHappened(({ type, data }) => {
    if (type !== "looking" || data.conversation !== conversation) return;
    setTold({ page: text(data.page), title: text(data.title), at: typeof data.at === "number" ? data.at : Date.now() });
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(again, STORED);
  });
  const last = data?.find((one) => one.kind === "page");
  // What was told a moment ago may not be in the rows yet.
  const now = told && (!last || told.at >= last.at) ? told : last && { page: last.page ?? null, title: last.title ?? null, at: last.at };
  if (!now && !data?.length) return null;
  return (
    <Card title={t.title}>
      {now && (
        <p className="track-now" role="status">
          {t.now} <SitePage page={now.page} title={now.title} />{" "}
          <span className="soft">
            {t.since} <Moment at={now.at} />
          </span>
        </p>
      )}
      {data && data.length > 0 && (
        <details>
          <summary>{t.way(data.length)}</summary>
          <TrackLines lines={data} />
        </details>
      )}
    </Card>
  );
}
