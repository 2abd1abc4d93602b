import { PhoneOutlined } from "@ant-design/icons";
import { Alert, Button, Input } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { useTakes, type Spoken } from "./data";
import { words } from "./words";
import css from "./prompts.module.css";

interface Props {
  language: Spoken;
  id: string;
  isThere: boolean;
}

/** Have a telephone ring, one's own where one has any, and speak the prompt into it. The take comes by itself: an event says that there is one. */
export function ByTelephone({ language: name, id, isThere }: Props) {
  const t = useWords(words);
  const told = useTold();
  const takes = useTakes(name, id, isThere);
  const newest = takes.data?.takes.at(-1)?.number ?? 0;
  /** Which take was the newest when the telephone began to ring. */
  const [before, setBefore] = useState<number | null>(null);
  const own = useSession().agent?.extension;
  const [other, setOther] = useState("");
  const at = own ? undefined : other.trim();
  const ring = useSave(
    (account) =>
      done(
        api.POST("/api/v1/accounts/{account_id}/prompts/{name}/{id}/telephone", {
          params: { path: { ...account, name, id }, query: at ? { extension: at } : {} },
        }),
      ),
    ["prompt", name, id],
  );
  return (
    <div className={css.stack}>
      <div className={css.acts}>
        {!own && (
          <Input aria-label={t.atExtension} placeholder={t.atExtension} inputMode="numeric" style={{ width: 180 }} value={other} onChange={({ target }) => setOther(target.value)} />
        )}
        <Button icon={<PhoneOutlined />} disabled={!own && !at} loading={ring.isPending} onClick={() => ring.mutate(undefined, { onSuccess: () => setBefore(newest), onError: told.bad })}>
          {t.byPhone}
        </Button>
      </div>
      {before !== null && (
        <div role="status">
          {newest > before ? (
            <Alert type="success" showIcon closable title={t.spoken(newest)} onClose={() => setBefore(null)} />
          ) : (
            <Alert type="info" showIcon closable title={at ? t.ringsAt(at) : t.rings} description={t.ringsHelp} onClose={() => setBefore(null)} />
          )}
        </div>
      )}
    </div>
  );
}
