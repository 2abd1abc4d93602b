import { CloseOutlined, ReloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState, useSyncExternalStore } from "react";
import { newVersion, takeOver } from "../worker/keeper";
import { useWords } from "../words";
import { words } from "./words";
import "./new-version.css";

/** The server serves another console than this page: when to change is for who works here to say. */
export function NewVersion() {
  const t = useWords(words);
  const isThere = useSyncExternalStore(newVersion.subscribe, newVersion.isThere);
  const [isLater, setLater] = useState(false);
  return (
    <div role="status" aria-live="polite">
      {isThere && !isLater && (
        <div className="new-version">
          <span>
            {t.newVersion} <span className="soft">{t.newVersionHelp}</span>
          </span>
          <Button type="primary" size="small" icon={<ReloadOutlined />} onClick={takeOver}>
            {t.reload}
          </Button>
          <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t.later} onClick={() => setLater(true)} />
        </div>
      )}
    </div>
  );
}
