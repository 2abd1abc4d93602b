import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { api, done, type Shown } from "../../api";
import { Card } from "../../parts/Card";
import { clock } from "../../parts/duration";
import type { Internal } from "../../parts/internal";
import { useSession } from "../../session";
import { dictionary, useLanguage, useWords } from "../../words";
import { useHelpDesk } from "../help-desk/data";
import { later } from "../../parts/later";

// Only where there is a help desk: a field to choose from weighs 27 kB, on a page that everybody waits for.
const InternalChoice = later(() => import("../../parts/InternalChoice").then((part) => ({ default: part.InternalChoice })));

const words = dictionary({
  en: { title: "My day", me: "me", team: "team median", none: "–" },
  zh: { title: "我的今天", me: "我", team: "团队中位数", none: "–" },
});

/** Of the catalogue, what one looks at in the middle of a shift. */
const SHOWN = ["handled", "missed", "texts_handled", "texts_missed", "handle_average", "talk", "hold", "time_not_ready", "occupancy", "satisfaction"];
const ACCOUNT = "/api/v1/accounts/{account_id}";

function midnight(): number {
  const day = new Date();
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}

/** My figures since midnight, and how the team stands. */
export function MyDay() {
  const t = useWords(words);
  const { language } = useLanguage();
  const { account } = useSession();
  const from = midnight();
  const [internal, setInternal] = useState<Internal>("exclude");
  // Where the house has no help desk there is nothing to choose.
  const helps = useHelpDesk(false).data?.desks.length ?? 0;
  const catalogue = useQuery({
    queryKey: ["metrics"],
    queryFn: () => done(api.GET(`${ACCOUNT}/reports/metrics`, { params: { path: account } })),
    staleTime: Infinity,
  });
  const day = useQuery({
    queryKey: ["my_day", from, internal],
    queryFn: () => done(api.GET(`${ACCOUNT}/my_day`, { params: { path: account, query: { from, internal } } })),
    refetchInterval: 60_000,
    // The figures stay while those of another choice come.
    placeholderData: keepPreviousData,
  });
  const said = (value: number | null | undefined, unit: string) => {
    if (value === null || value === undefined) return t.none;
    return unit === "milliseconds" ? clock(value) : unit === "percent" ? `${Math.round(value)} %` : String(Math.round(value * 10) / 10);
  };
  const figures = SHOWN.map((id) => day.data?.find((one) => one.metric === id)).filter((one): one is Shown["MyDayReply"] => one !== undefined);
  if (figures.length === 0) return null;
  const name = (id: string) => {
    const metric = catalogue.data?.find((one) => one.id === id);
    return metric ? (language === "zh" ? metric.zh : metric.en) : null;
  };
  return (
    <Card title={t.title} actions={
        helps > 0 && (
          <Suspense>
            <InternalChoice small value={internal} onChange={setInternal} />
          </Suspense>
        )
      }>
      <table className="day figures">
        <thead>
          <tr>
            <td />
            <th scope="col">{t.me}</th>
            <th scope="col">{t.team}</th>
          </tr>
        </thead>
        <tbody>
          {figures.map((one) => (
            <tr key={one.metric}>
              <th scope="row" title={name(one.metric)?.formula}>
                {name(one.metric)?.name ?? one.metric}
              </th>
              <td>{said(one.value, one.unit)}</td>
              <td className="soft">{said(one.median, one.unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
