import { AudioOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Agent } from "./data";
import { words } from "./words";

type Act = "listen" | "whisper" | "barge" | "take_over" | "stop";

/** Into somebody's talk, and out of it. The supervisor's own telephone rings for it. */
export function Supervise({ call, agent }: { call: string; agent: Agent }) {
  const t = useWords(words);
  const told = useTold();
  const { agent: me } = useSession();
  const [mode, setMode] = useState<Act | null>(null);
  const act = useSave(async (account, wanted: Act) => {
    const params = { path: { ...account, id: call } };
    if (wanted === "stop") await done(api.DELETE("/api/v1/accounts/{account_id}/calls/{id}/supervise", { params }));
    else if (wanted === "take_over") await done(api.POST("/api/v1/accounts/{account_id}/calls/{id}/take_over", { params }));
    else await done(api.POST("/api/v1/accounts/{account_id}/calls/{id}/supervise", { params, body: { mode: wanted, agent: agent.id } }));
  }, ["queues"]);
  const hasPhone = Boolean(me?.extension);
  const item = (key: Act, label: string, help: string) => ({
    key,
    disabled: !hasPhone,
    label: (
      <span>
        {label} <span className="soft">{help}</span>
      </span>
    ),
  });
  const items = [
    item("listen", t.listen, t.listenHelp),
    item("whisper", t.whisper, t.whisperHelp),
    item("barge", t.barge, t.bargeHelp),
    item("take_over", t.takeOver, t.takeOverHelp),
    ...(mode ? [{ type: "divider" as const }, { key: "stop", label: t.stop }] : []),
    ...(hasPhone ? [] : [{ key: "none", disabled: true, label: t.noPhone }]),
  ];
  const choose = (wanted: Act) =>
    act.mutate(wanted, {
      onSuccess: () => {
        if (!mode && wanted !== "stop") told.good(t.begun);
        setMode(wanted === "stop" || wanted === "take_over" ? null : wanted);
      },
      onError: told.bad,
    });
  const names: Record<string, string> = { listen: t.listen, whisper: t.whisper, barge: t.barge };
  return (
    <Dropdown trigger={["click"]} menu={{ items, selectedKeys: mode ? [mode] : [], onClick: ({ key }) => choose(key as Act) }}>
      <Button size="small" type={mode ? "primary" : "default"} icon={<AudioOutlined />} loading={act.isPending} aria-label={`${t.supervise}: ${agent.name}`}>
        {mode ? names[mode] : t.supervise}
      </Button>
    </Dropdown>
  );
}
