import { CustomerServiceOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Button } from "antd";
import { api, done } from "../../api";
import { Trouble } from "../../parts";
import { useWords } from "../../words";
import { words } from "./words";
import css from "./start.module.css";

export function AgentTile({ login }: { login: string }) {
  const t = useWords(words);
  const enter = useMutation({
    mutationFn: async (tab: Window | null) => {
      await done(api.POST("/api/v1/auth/demo", { body: { login } }));
      if (tab) tab.location.href = "/desk";
      else window.open("/desk", "_blank");
    },
  });
  return (
    <li className={css.tile}>
      <CustomerServiceOutlined className={css.icon} aria-hidden />
      <h2>1. {t.agent}</h2>
      <p className="soft">{t.agentHelp}</p>
      <div className={css.acts}>
        {enter.isError && <Trouble problem={enter.error} />}
        {/* Opened at the press, else the browser takes it for advertising. */}
        <Button type="primary" size="large" loading={enter.isPending} onClick={() => enter.mutate(window.open("about:blank", "_blank"))}>
          {t.agentAct}
        </Button>
      </div>
    </li>
  );
}
