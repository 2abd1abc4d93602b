import { CopyOutlined, DownloadOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useTold } from "../../parts";
import { saveAs } from "../../parts/save";
import { useWords } from "../../words";
import { words } from "./words";
import css from "./security.module.css";

/** They are shown here once and never again. */
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const text = `${t.fileTitle}\n\n${codes.join("\n")}\n`;
  const download = () => saveAs("ringdesk-recovery-codes.txt", "text/plain;charset=utf-8", text);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => told.good(t.copied),
      () => told.warn(t.notCopied),
    );
  return (
    <div className={css.stack}>
      <Alert type="warning" showIcon title={t.codesTitle} description={t.codesHelp} />
      <ul className={css.codes} aria-label={t.codes}>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className={css.acts}>
        <Button icon={<DownloadOutlined />} onClick={download}>
          {t.download}
        </Button>
        <Button icon={<CopyOutlined />} onClick={() => void copy()}>
          {t.copy}
        </Button>
        <Button type="primary" onClick={onKept}>
          {t.kept}
        </Button>
      </div>
    </div>
  );
}
