import { FileOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import type { Shown } from "../../api";
import { useAccount } from "../../session";
import { dictionary, useWords } from "../../words";
import { size } from "./size";

type File = Shown["AttachmentReply"];

const words = dictionary({
  en: {
    listening: "It is being written down…",
    noEngine: "Nobody here understands this language",
    notHeard: "It could not be written down",
    nothing: "Nothing was understood in it",
    partly: "incomplete",
    look: (name: string) => `Look at ${name}`,
    hide: (name: string) => `Hide ${name}`,
    save: (name: string) => `Save ${name}`,
  },
  zh: {
    listening: "正在转写…",
    noEngine: "没有该语言的识别引擎",
    notHeard: "未能转写",
    nothing: "没有识别到内容",
    partly: "不完整",
    look: (name) => `预览 ${name}`,
    hide: (name) => `收起 ${name}`,
    save: (name) => `下载 ${name}`,
  },
});

/** What was sent with a text: pictures, films and sound in their place, a PDF at a click; the rest to be saved. `said`: by a sound's id what was said in it. */
export function Files({ files, said }: { files: readonly File[]; said: ReadonlyMap<string, string> }) {
  const { account_id } = useAccount();
  if (files.length === 0) return null;
  return (
    <span className="files">
      {files.map((file) => {
        const to = `/api/v1/accounts/${account_id}/attachments/${file.id}`;
        if (file.kind === "sound") return <Sound key={file.id} file={file} to={to} said={said.get(file.id) ?? ""} />;
        if (file.kind === "film") return <video key={file.id} controls preload="none" src={to} aria-label={file.name} />;
        if (file.mime === "application/pdf") return <Paper key={file.id} file={file} to={to} />;
        return (
          <a key={file.id} href={to} target="_blank" rel="noopener noreferrer" className={file.kind === "picture" ? "file-picture" : "file"}>
            {file.kind === "picture" ? <img src={to} alt={file.name} loading="lazy" /> : <Named file={file} />}
          </a>
        );
      })}
    </span>
  );
}

function Named({ file }: { file: File }) {
  return (
    <>
      <FileOutlined aria-hidden /> {file.name} <span className="soft">{size(file.bytes)}</span>
    </>
  );
}

/** A sound, and what was said in it. */
function Sound({ file, to, said }: { file: File; to: string; said: string }) {
  const t = useWords(words);
  const heard = file.transcript;
  const state = !heard ? null : heard.state === "running" ? t.listening : heard.state === "no_engine" ? t.noEngine : heard.state === "failed" ? t.notHeard : said ? null : t.nothing;
  return (
    <span className="file-sound">
      <audio controls preload="none" src={to} aria-label={file.name} />
      {said && <span className="file-said">{said}</span>}
      {(state ?? heard?.reason) && (
        <span className="soft" role="status">
          {[state ?? t.partly, heard?.reason].filter(Boolean).join(": ")}
        </span>
      )}
    </span>
  );
}

/** The browser's own view of a PDF, when somebody asks for it. */
function Paper({ file, to }: { file: File; to: string }) {
  const t = useWords(words);
  const [isOpen, open] = useState(false);
  return (
    <span className="file-paper">
      <a href={to} download={file.name} className="file" aria-label={t.save(file.name)}>
        <Named file={file} />
      </a>
      <Button size="small" type="link" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
        {isOpen ? t.hide(file.name) : t.look(file.name)}
      </Button>
      {isOpen && <iframe src={to} title={file.name} referrerPolicy="no-referrer" />}
    </span>
  );
}
