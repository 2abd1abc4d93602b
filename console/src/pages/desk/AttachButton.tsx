import { PaperClipOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useRef } from "react";
import { dictionary, useWords } from "../../words";

const words = dictionary({ en: { attach: "Attach files" }, zh: { attach: "添加文件" } });

/** Chooses files from the machine. */
export function AttachButton({ disabled, add }: { disabled: boolean; add: (files: Iterable<File>) => void }) {
  const t = useWords(words);
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          add(event.target.files ?? []);
          event.target.value = "";
        }}
      />
      <Button icon={<PaperClipOutlined />} aria-label={t.attach} title={t.attach} disabled={disabled} onClick={() => chooser.current?.click()} />
    </>
  );
}
