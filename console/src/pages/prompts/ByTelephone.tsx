import { PhoneOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
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

/** Have one's own telephone ring, and speak the prompt into it. The take comes by itself: an event says that there is one. */
export function ByTelephone({ language: name, id, isThere }: Props) {
  const t = useWords(words);
  const told = useTold();
  const takes = useTakes(name, id, isThere);
  const newest = takes.data?.takes.at(-1)?.number ?? 0;
  /** Which take was the newest when the telephone began to ring. */
  const [before, setBefore] = useState<number | null>(null);
  const ring = useSave(
    (account) => done(api.POST("/api/v1/accounts/{account_id}/prompts/{name}/{id}/telephone", { params: { path: { ...account, name, id } } })),
    ["prompt", name, id],
  );
  return (
    <div className={css.stack}>
      <div>
        <Button icon={<PhoneOutlined />} loading={ring.isPending} onClick={() => ring.mutate(undefined, { onSuccess: () => setBefore(newest), onError: told.bad })}>
          {t.byPhone}
        </Button>
      </div>
      {before !== null && (
        <div role="status">
          {newest > before ? (
            <Alert type="success" showIcon closable title={t.spoken(newest)} onClose={() => setBefore(null)} />
          ) : (
            <Alert type="info" showIcon closable title={t.rings} description={t.ringsHelp} onClose={() => setBefore(null)} />
          )}
        </div>
      )}
    </div>
  );
}
