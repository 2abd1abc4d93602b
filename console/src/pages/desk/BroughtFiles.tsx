import { CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { dictionary, useWords } from "../../words";
import type { Brought } from "./attachments";
import { size } from "./size";
import "./brought.css";

const words = dictionary({
  en: { remove: (name: string) => `Take ${name} away` },
  zh: { remove: (name) => `移除 ${name}` },
});

/** What is to go with the next text: how far each file is, or why it is not taken. */
export function BroughtFiles({ files, drop }: { files: readonly Brought[]; drop: (key: string) => void }) {
  const t = useWords(words);
  if (files.length === 0) return null;
  return (
    <ul className="brought">
      {files.map((one) => (
        <li key={one.key}>
          <span className="brought-name">{one.kept?.name ?? one.name}</span>{" "}
          <span className={one.why ? "brought-why" : "soft"} role={one.why ? "alert" : undefined}>
            {one.why ?? (one.kept ? size(one.kept.bytes) : `${Math.round(one.part * 100)} %`)}
          </span>
          <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t.remove(one.name)} onClick={() => drop(one.key)} />
        </li>
      ))}
    </ul>
  );
}
