import { FileOutlined } from "@ant-design/icons";
import type { Shown } from "../../api";
import { useAccount } from "../../session";
import { size } from "./size";

/** What was sent with a text: pictures and sound in their place, the rest to be saved. */
export function Files({ files }: { files: readonly Shown["AttachmentReply"][] }) {
  const { account_id } = useAccount();
  if (files.length === 0) return null;
  return (
    <span className="files">
      {files.map((file) => {
        const to = `/api/v1/accounts/${account_id}/attachments/${file.id}`;
        if (file.kind === "sound") return <audio key={file.id} controls preload="none" src={to} aria-label={file.name} />;
        if (file.kind === "film") return <video key={file.id} controls preload="none" src={to} aria-label={file.name} />;
        return (
          <a key={file.id} href={to} target="_blank" rel="noopener noreferrer" className={file.kind === "picture" ? "file-picture" : "file"}>
            {file.kind === "picture" ? (
              <img src={to} alt={file.name} loading="lazy" />
            ) : (
              <>
                <FileOutlined aria-hidden /> {file.name} <span className="soft">{size(file.bytes)}</span>
              </>
            )}
          </a>
        );
      })}
    </span>
  );
}
