import { SafetyCertificateOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Alert, Button, Input, Segmented } from "antd";
import { useState } from "react";
import { api, done, type Shown } from "../../api";
import { Badge, Card, Empty, Moment, Page, Trouble, Waiting } from "../../parts";
import { Changes } from "../../parts/past/Changes";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useSave, useUsers } from "../settings/data";
import { words } from "./words";
import css from "./audit.module.css";

type Entry = Shown["EntryReply"];
const PAGE = 200;

export default function Audit() {
  const t = useWords(words);
  const account = useAccount();
  const { may } = useSession();
  const { data: users } = useUsers(may("users.manage"));
  const [text, setText] = useState("");
  const [shows, setShows] = useState<"everything" | "settings">("everything");
  const entries = useInfiniteQuery({
    queryKey: ["audit"],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam: before }) => done(api.GET("/api/v1/accounts/{account_id}/audit", { params: { path: account, query: { before, limit: PAGE } } })),
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.seq),
  });
  const verify = useSave((path) => done(api.GET("/api/v1/accounts/{account_id}/audit/verify", { params: { path } })));
  const names = new Map((users ?? []).map((user) => [`user:${user.id}`, user.name]));
  const who = (entry: Entry) => names.get(entry.actor) ?? (entry.actor === "system" ? t.system : entry.actor);
  const named = (object: string) => names.get(object) ?? object;
  const all = entries.data?.pages.flat() ?? [];
  const wanted = text.trim().toLowerCase();
  const shown = wanted === "" ? all : all.filter((entry) => [who(entry), entry.action, named(entry.object)].some((part) => part.toLowerCase().includes(wanted)));
  return (
    <Page
      wide
      title={t.title}
      about={t.about}
      actions={
        <Button icon={<SafetyCertificateOutlined />} loading={verify.isPending} onClick={() => verify.mutate(undefined)}>
          {t.verify}
        </Button>
      }
    >
      {verify.isSuccess && <Alert type="success" showIcon title={t.holds(verify.data.entries)} />}
      {verify.isError && <Trouble problem={verify.error} />}
      {entries.isError && <Trouble problem={entries.error} again={() => void entries.refetch()} />}
      <div>
        <Segmented
          options={[
            { value: "everything", label: t.everything },
            { value: "settings", label: t.settings },
          ]}
          value={shows}
          onChange={(value) => setShows(value as typeof shows)}
        />
      </div>
      {shows === "settings" ? (
        <Card>
          <Changes />
        </Card>
      ) : (
        <>
          <Input.Search allowClear aria-label={t.find} placeholder={t.find} value={text} onChange={(event) => setText(event.target.value)} style={{ maxWidth: 420 }} />
          <Card flush>
            {entries.isPending && <Waiting />}
            {entries.isSuccess && shown.length === 0 && <Empty title={t.none}>{t.noneHelp}</Empty>}
            {shown.length > 0 && (
              <div className={css.scroll} tabIndex={0} role="region" aria-label={t.title}>
                <table className={css.table}>
                  <thead>
                    <tr>
                      <th scope="col">{t.number}</th>
                      <th scope="col">{t.at}</th>
                      <th scope="col">{t.who}</th>
                      <th scope="col">{t.action}</th>
                      <th scope="col">{t.object}</th>
                      <th scope="col">{t.change}</th>
                      <th scope="col">{t.address}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((entry) => (
                      <tr key={entry.seq}>
                        <td className="figures soft">{entry.seq}</td>
                        <td>
                          <Moment at={entry.at} />
                        </td>
                        <td>{who(entry)}</td>
                        <td>
                          <code>{entry.action}</code> {entry.result !== "ok" && <Badge tone="bad">{entry.result}</Badge>}
                        </td>
                        <td className={css.long} title={entry.object}>
                          {named(entry.object)}
                        </td>
                        <td className={css.long} title={[entry.before, entry.after].filter(Boolean).join(" → ")}>
                          {[entry.before, entry.after].filter(Boolean).join(" → ")}
                        </td>
                        <td className="figures soft">{entry.address}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
            {entries.hasNextPage && (
              <div className={css.more}>
                <Button loading={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
                  {t.more}
                </Button>
              </div>
            )}
          </Card>
        </>
      )}
    </Page>
  );
}
