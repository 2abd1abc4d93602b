import { useQuery } from "@tanstack/react-query";
import { api, done } from "../../api";
import { Card } from "../../parts/Card";
import { SitePage } from "../../parts/TrackLines";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";
import { deviceOf } from "./device";

const words = dictionary({
  en: { title: "Came from", page: "Page", referrer: "Before that", device: "Device", language: "Language", reach: "Can be reached by" },
  zh: { title: "来源", page: "网页", referrer: "来自", device: "设备", language: "语言", reach: "联系方式" },
});

/** From where a visitor of a site wrote, as their browser said it when the conversation began. */
export function VisitCard({ conversation }: { conversation: string }) {
  const t = useWords(words);
  const { account } = useSession();
  const { data } = useQuery({
    queryKey: ["conversation", conversation, "visit"],
    staleTime: Infinity,
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations/{id}/visit", { params: { path: { ...account, id: conversation } } })),
  });
  if (!data?.at) return null;
  const page = data.page || data.title ? <SitePage page={data.page} title={data.title} /> : null;
  const rows = [
    [t.page, page],
    [t.referrer, data.referrer],
    [t.reach, data.reach],
    [t.device, data.device && <span title={data.device}>{deviceOf(data.device)}</span>],
    [t.language, data.language],
  ] as const;
  return (
    <Card title={t.title}>
      <dl className="visit">
        {rows.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt className="soft">{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </Card>
  );
}
