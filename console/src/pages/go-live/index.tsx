import { CheckCircleFilled, ExclamationCircleFilled, ReloadOutlined, StopFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Popconfirm } from "antd";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";
import { api, done } from "../../api";
import { useOpenPages } from "../../app/openPages";
import { placeOf } from "../../app/pages";
import { Badge, Card, Moment, Page, Trouble, useTold, Waiting, type Tone } from "../../parts";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useSave, useUsers } from "../settings/data";
import { inOrder, PLACES, red, type Check } from "./checks";
import { GoLive } from "./GoLive";
import { words } from "./words";
import css from "./go-live.module.css";

const LOOKS: Record<string, { tone: Tone; icon: ReactNode }> = {
  red: { tone: "bad", icon: <StopFilled style={{ color: "var(--bad)" }} /> },
  amber: { tone: "warn", icon: <ExclamationCircleFilled style={{ color: "var(--warn)" }} /> },
  green: { tone: "good", icon: <CheckCircleFilled style={{ color: "var(--good)" }} /> },
};

/** What must hold before callers come, and the switch. */
export default function GoLivePage() {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const { may } = useSession();
  const open = useOpenPages();
  const [isGoing, setGoing] = useState(false);
  const state = useQuery({
    queryKey: ["go_live"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/go_live", { params: { path: account } })),
    // Somebody mends something elsewhere and comes back.
    staleTime: 0,
  });
  const { data: users } = useUsers(may("users.manage"));
  const back = useSave((path, live: boolean) => done(api.PUT("/api/v1/accounts/{account_id}/go_live", { params: { path }, body: { live } })), ["go_live"]);
  if (state.isPending) return <Waiting whole />;
  if (state.isError) return <Trouble problem={state.error} again={() => void state.refetch()} whole />;
  const { checks, live } = state.data;
  const count = (colour: string) => checks.filter((check) => check.state === colour).length;
  const mayOpen = (place: string | undefined) => place !== undefined && open.some((page) => placeOf(page) === place.split("?")[0]);
  const who = users?.find((user) => user.id === live?.user_id)?.name;
  const act = may("settings.manage") && (
    <>
      <Button icon={<ReloadOutlined />} loading={state.isFetching} onClick={() => void state.refetch()}>
        {t.look}
      </Button>
      {live ? (
        <Popconfirm
          title={t.end}
          description={<div style={{ maxWidth: 300 }}>{t.endHelp}</div>}
          okText={t.end}
          onConfirm={() => back.mutate(false, { onSuccess: () => told.good(t.ended), onError: told.bad })}
        >
          <Button loading={back.isPending}>{t.end}</Button>
        </Popconfirm>
      ) : (
        <Button type="primary" onClick={() => setGoing(true)}>
          {t.goLive}
        </Button>
      )}
    </>
  );
  const name = (check: Pick<Check, "id">) => t.name(check.id);
  return (
    <Page title={t.title} about={t.about} actions={act}>
      {live ? (
        <Alert
          type={live.reason ? "warning" : "success"}
          showIcon
          title={
            <>
              {t.isLive} <Moment at={live.since} />
              {who && ` · ${who}`}
            </>
          }
          description={
            live.reason && (
              <>
                <div>{t.overridden(live.overridden.map((id) => t.name(id)).join(t.comma))}</div>
                <q>{live.reason}</q>
              </>
            )
          }
        />
      ) : (
        <Alert type={red(checks).length > 0 ? "error" : "info"} showIcon title={red(checks).length > 0 ? t.isRed(count("red")) : t.mayGo} description={red(checks).length > 0 ? t.redHelp : t.mayGoHelp} />
      )}
      <div className={css.counts}>
        {["red", "amber", "green"].map((colour) => (
          <Badge key={colour} tone={LOOKS[colour]?.tone ?? "quiet"}>
            {t.count(colour, count(colour))}
          </Badge>
        ))}
      </div>
      <Card flush>
        <ul className={css.checks} aria-label={t.title}>
          {inOrder(checks).map((check) => {
            const place = PLACES[check.id];
            return (
              <li key={check.id} data-check={check.id} data-state={check.state}>
                <span className={css.mark} aria-hidden="true">
                  {LOOKS[check.state]?.icon}
                </span>
                <div className={css.said}>
                  <h2>
                    {name(check)} <Badge tone={LOOKS[check.state]?.tone ?? "quiet"}>{t.state(check.state)}</Badge>
                  </h2>
                  <p>{t.seen(check.seen_code, check.seen_values, check.seen)}</p>
                  {check.state !== "green" && <p className="soft">{t.what(check.id, check.advice)}</p>}
                </div>
                {check.state !== "green" && place && mayOpen(place) && (
                  <Link to={place}>
                    <Button size="small" aria-label={`${t.open}: ${name(check)}`}>
                      {t.open}
                    </Button>
                  </Link>
                )}
              </li>
            );
          })}
        </ul>
      </Card>
      {isGoing && <GoLive red={red(checks).map(name)} onClose={() => setGoing(false)} />}
    </Page>
  );
}
