import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { api, done } from "../../api";
import { LanguageSwitch, ThemeSwitch } from "../../app/Preferences";
import { Empty, Trouble, Waiting } from "../../parts";
import { useWords } from "../../words";
import { AgentTile } from "./AgentTile";
import { BusyTile } from "./BusyTile";
import { CallerTile } from "./CallerTile";
import { ReviewerTile } from "./ReviewerTile";
import { words } from "./words";
import css from "./start.module.css";

/** The demo in three tiles. It stands outside of any session, so that the call of this tab outlives who signs in elsewhere. */
export default function Start() {
  const t = useWords(words);
  const people = useQuery({ queryKey: ["demo"], staleTime: Infinity, queryFn: () => done(api.GET("/api/v1/auth/demo")) });
  const person = (role: string) => people.data?.find((one) => one.roles.includes(role))?.login;
  return (
    <div className={css.start}>
      <div className={css.tools}>
        <LanguageSwitch />
        <ThemeSwitch />
        <Button type="text" href="/">
          {t.signIn}
        </Button>
      </div>
      <main className={css.middle}>
        <header className={css.head}>
          <img src="/icon.svg" alt="" width={44} height={44} />
          <h1>{t.title}</h1>
          <p className="soft">{t.about}</p>
        </header>
        {people.isPending && <Waiting />}
        {people.isError && <Trouble problem={people.error} again={() => void people.refetch()} />}
        {people.data?.length === 0 && <Empty title={t.notHere}>{t.notHereHelp}</Empty>}
        {people.data && people.data.length > 0 && (
          <>
            <ol className={css.tiles}>
              <AgentTile login={person("agent") ?? "agent1"} />
              <CallerTile />
              <ReviewerTile login={person("reviewer") ?? "reviewer"} />
            </ol>
            <BusyTile login={person("supervisor") ?? "supervisor"} />
          </>
        )}
      </main>
    </div>
  );
}
