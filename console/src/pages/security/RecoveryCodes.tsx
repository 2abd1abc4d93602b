import { CopyOutlined, DownloadOutlined } from "@ant-design/icons";
import { Alert, Button } from "antd";
import { useTold } from "../../parts";
import { useWords } from "../../words";
import { words } from "./words";
import css from "./security.module.css";

/** They are shown here once and never again. */
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const text = `${t.fileTitle}\n\n${codes.join("\n")}\n`;
  const download = () => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "ringdesk-recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(url);
  };
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
