import { FolderOpenOutlined } from "@ant-design/icons";
import { Input } from "antd";
import { useRef, useState } from "react";
import { useNames } from "../../agent/hooks";
import { Page, useTold } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useWords } from "../../words";
import { size } from "../desk/size";
import { EditFile } from "./EditFile";
import { answering, useSharedFiles, useUpload, type SharedFile } from "./data";
import { words } from "./words";

/** What whoever answers may send: kept in versions, with how often it was sent. */
export default function Files() {
  const t = useWords(words);
  const names = useNames();
  const told = useTold();
  const all = useSharedFiles();
  const add = useUpload();
  const chooser = useRef<HTMLInputElement>(null);
  const [sought, setSought] = useState("");
  const [edited, setEdited] = useState<SharedFile | null>(null);
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <AddButton disabled={add.isPending} onClick={() => chooser.current?.click()}>
          {t.add}
        </AddButton>
      }
    >
      <input
        ref={chooser}
        type="file"
        hidden
        aria-label={t.add}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (!file) return;
          add.mutate(
            { file },
            {
              onSuccess: (kept) => {
                told.good(t.added(kept.title));
                setEdited(kept);
              },
              onError: told.bad,
            },
          );
        }}
      />
      <Input.Search allowClear style={{ maxWidth: 280 }} placeholder={t.search} aria-label={t.search} value={sought} onChange={(event) => setSought(event.target.value)} />
      <Listing<SharedFile>
        read={all}
        rows={answering(all.data ?? [], sought)}
        icon={<FolderOpenOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            render: (_, one) => <NameButton onClick={() => setEdited(one)}>{one.title}</NameButton>,
          },
          { title: t.tags, render: (_, one) => one.tags.join(", ") },
          { title: t.queues, render: (_, one) => (one.queues.length === 0 ? t.everybody : one.queues.map((queue) => names.queue(queue) ?? "…").join(", ")) },
          { title: t.version, className: "figures", dataIndex: "version" },
          { title: t.size, className: "figures", render: (_, one) => size(one.bytes) },
          { title: t.uses, className: "figures", dataIndex: "uses" },
          { title: t.sent, render: (_, one) => (one.withdrawn ? t.withdrawn : null) },
        ]}
      />
      {edited && <EditFile file={edited} onClose={() => setEdited(null)} />}
    </Page>
  );
}
