import { PlayCircleOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { api, done } from "../../api";
import { Trouble } from "../../parts";
import { useWords } from "../../words";
import { hasCalled } from "./calls";
import { latest } from "./latest";
import { words } from "./words";
import css from "./start.module.css";

export function ReviewerTile({ login }: { login: string }) {
  const t = useWords(words);
  const open = useMutation({
    mutationFn: async () => {
      await done(api.POST("/api/v1/auth/demo", { body: { login } }));
      const { account_id } = await done(api.GET("/api/v1/auth/me"));
      const place = await latest(account_id, hasCalled());
      if (place) window.location.href = place;
      return place;
    },
  });
  return (
    <li className={css.tile}>
      <PlayCircleOutlined className={css.icon} aria-hidden />
      <h2>3. {t.reviewer}</h2>
      <p className="soft">{t.reviewerHelp}</p>
      <div className={css.acts}>
        {open.isError && <Trouble problem={open.error} />}
        {open.isSuccess && open.data === null && <Alert type="info" showIcon title={t.nothing} />}
        <p className={css.state} role="status">
          {open.isPending && t.looking}
        </p>
        <Button type="primary" size="large" loading={open.isPending} onClick={() => open.mutate()}>
          {t.reviewerAct}
        </Button>
      </div>
    </li>
  );
}
