import { AudioOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { words } from "./words";

type Mode = "listen" | "whisper";
const SUPERVISE = "/api/v1/accounts/{account_id}/calls/{id}/supervise";

/** Into my agent's call by my own telephone: heard by nobody, or by them alone. */
export function Whisper({ call, agent }: { call: string; agent: string }) {
  const t = useWords(words);
  const told = useTold();
  const { agent: me } = useSession();
  const [mode, setMode] = useState<Mode | null>(null);
  const act = useSave(async (account, wanted: Mode | null) => {
    const params = { path: { ...account, id: call } };
    if (wanted) await done(api.POST(SUPERVISE, { params, body: { mode: wanted, agent } }));
    else await done(api.DELETE(SUPERVISE, { params }));
  });
  const choose = (wanted: Mode | null) =>
    act.mutate(wanted, {
      onSuccess: () => {
        if (!mode && wanted) told.good(t.rings);
        setMode(wanted);
      },
      onError: told.bad,
    });
  if (!me?.extension) return <p className="soft">{t.noPhone}</p>;
  return (
    <div className="whisper">
      {(["listen", "whisper"] as const).map((one) => (
        <Button key={one} icon={<AudioOutlined />} type={mode === one ? "primary" : "default"} aria-pressed={mode === one} disabled={act.isPending} onClick={() => choose(one)}>
          {t[one]}
        </Button>
      ))}
      {mode && (
        <Button disabled={act.isPending} onClick={() => choose(null)}>
          {t.leave}
        </Button>
      )}
    </div>
  );
}
