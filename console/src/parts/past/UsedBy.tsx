import { useQuery } from "@tanstack/react-query";
import { Alert } from "antd";
import { Link } from "react-router";
import { api, done } from "../../api";
import { useAccount } from "../../session";
import { useRuleName } from "../../pages/alerts/firstRules";
import { useWords } from "../../words";
import { Empty } from "../Empty";
import { Trouble } from "../Trouble";
import { Waiting } from "../Waiting";
import { kinds as kindWords, words } from "./words";
import css from "./past.module.css";

/** Where it can be changed. */
const PLACES: Record<string, string> = {
  flow: "/flows",
  inbox: "/numbers",
  queue: "/queues",
  agent: "/users",
  user: "/users",
  alert_rule: "/alerts",
  api_token: "/tokens",
  number: "/numbers",
  second_factor: "/security",
  segment: "/segments",
  rule: "/rules",
};

/** What refers to a setting, with the way there. */
export function UsedBy({ object }: { object: string }) {
  const t = useWords(words);
  const says = useWords(kindWords);
  const ruleName = useRuleName();
  const account = useAccount();
  const used = useQuery({
    queryKey: ["used_by", object],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/used_by", { params: { path: account, query: { object } } })),
  });
  if (used.isPending) return <Waiting />;
  if (used.isError) return <Trouble problem={used.error} again={() => void used.refetch()} />;
  if (used.data.length === 0) return <Empty title={t.noneUsed}>{t.noneUsedHelp}</Empty>;
  const kinds = [...new Set(used.data.map(({ kind }) => kind))];
  return (
    <div className={css.used}>
      {used.data.some(({ holds }) => holds) && <Alert type="warning" showIcon title={t.holds} />}
      {kinds.map((kind) => {
        const place = PLACES[kind];
        return (
          <section key={kind}>
            <h3>{says[kind] ?? kind}</h3>
            <ul>
              {used.data
                .filter((one) => one.kind === kind)
                .map((one) => {
                  const name = kind === "alert_rule" ? ruleName(one.name) : one.name;
                  return <li key={one.id ?? one.name}>{place ? <Link to={place}>{name}</Link> : name}</li>;
                })}
            </ul>
          </section>
        );
      })}
    </div>
  );
}
