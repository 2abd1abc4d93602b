import { FileOutlined } from "@ant-design/icons";
import type { Shown } from "../../api";
import { size } from "../desk/size";

/** What came with a text, by links of its own: pictures, sound and films in their place, the rest to be opened or saved. */
export function HelpFiles({ files }: { files: readonly Shown["HelpFile"][] }) {
  return files.map((file) => {
    if (file.kind === "sound") return <audio key={file.path} controls preload="none" src={file.path} aria-label={file.name} />;
    if (file.kind === "film") return <video key={file.path} controls preload="none" src={file.path} aria-label={file.name} />;
    return (
      <a key={file.path} className="help-file" href={file.path} target="_blank" rel="noopener noreferrer">
        {file.kind === "picture" ? (
          <img src={file.path} alt={file.name} loading="lazy" />
        ) : (
          <>
            <FileOutlined aria-hidden /> {file.name} <span className="soft">{size(file.bytes)}</span>
          </>
        )}
      </a>
    );
  });
}
