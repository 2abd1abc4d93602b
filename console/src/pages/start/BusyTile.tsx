import { ThunderboltOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { BusyFigures } from "../../demo/BusyFigures";
import { HELPERS, useBegin, useBusyHour, useEnd, type Account } from "../../demo/data";
import { words as busyWords } from "../../demo/words";
import { Trouble } from "../../parts";
import { useWords } from "../../words";
import { words } from "./words";
import css from "./start.module.css";

/** The floor comes alive: as the supervisor, who may do that. */
export function BusyTile({ login }: { login: string }) {
  const t = useWords(words);
  const b = useWords(busyWords);
  const [account, setAccount] = useState<Account | null>(null);
  const hour = useBusyHour(account);
  const begin = useBegin();
  const end = useEnd();
  const start = useMutation({
    mutationFn: async () => {
      await done(api.POST("/api/v1/auth/demo", { body: { login } }));
      const { account_id } = await done(api.GET("/api/v1/auth/me"));
      await begin.mutateAsync({ account: { account_id }, wish: { intensity: "busy", helpers: HELPERS } });
      setAccount({ account_id });
    },
  });
  const now = hour.data;
  const isLive = now?.running === true;
  return (
    <section className={`${css.tile} ${css.wide}`} data-live={isLive || undefined} aria-labelledby="busy-hour">
      <ThunderboltOutlined className={css.icon} aria-hidden />
      <div className={css.said}>
        <h2 id="busy-hour">4. {t.busy}</h2>
        <p className="soft">{t.busyHelp}</p>
      </div>
      <div className={css.wideActs}>
        {isLive ? (
          <>
            <Button type="primary" size="large" href="/floor" target="_blank">
              {t.toFloor}
            </Button>
            <Button danger size="large" loading={end.isPending} onClick={() => account && end.mutate(account)}>
              {end.isPending ? b.stopping : b.stop}
            </Button>
          </>
        ) : (
          <Button type="primary" size="large" loading={start.isPending} onClick={() => start.mutate()}>
            {b.start}
          </Button>
        )}
      </div>
      {now && (now.running || now.made > 0) && (
        <div className={css.below} role="status">
          <BusyFigures now={now} />
        </div>
      )}
      {(start.isError || end.isError) && (
        <div className={css.below}>
          <Trouble problem={start.error ?? end.error} />
        </div>
      )}
    </section>
  );
}
