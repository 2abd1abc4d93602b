import { FolderOpenOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { api, done, type Shown } from "../../api";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";
import { size } from "./size";

const words = dictionary({
  en: { open: "Shared files", search: "Search by title, word or pinyin", none: "No shared file answers to this.", nothing: "Nobody has shared a file yet. Administrators do so under “Shared files”." },
  zh: { open: "共享文件", search: "按标题、查找词或拼音搜索", none: "没有匹配的共享文件。", nothing: "还没有共享文件，管理员可在“共享文件”中添加。" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

export type SharedFile = Shown["SharedFileReply"];

/** Manuals, price lists, guides: found and chosen, and they go with the next text. */
export function SharedFiles({ disabled, choose }: { disabled: boolean; choose: (file: SharedFile) => void }) {
  const t = useWords(words);
  const [isOpen, open] = useState(false);
  return (
    <Popover
      trigger="click"
      destroyOnHidden
      open={isOpen}
      onOpenChange={open}
      content={
        <Found
          choose={(file) => {
            choose(file);
            open(false);
          }}
        />
      }
    >
      <Button icon={<FolderOpenOutlined />} aria-label={t.open} title={t.open} disabled={disabled} aria-expanded={isOpen} />
    </Popover>
  );
}

function Found({ choose }: { choose: (file: SharedFile) => void }) {
  const t = useWords(words);
  const { account } = useSession();
  const [q, setQ] = useState("");
  const found = useQuery({
    queryKey: ["shared_files", "search", q],
    queryFn: () => done(api.GET(`${ACCOUNT}/shared_files/search`, { params: { path: account, query: { q } } })),
    placeholderData: (before) => before,
  });
  const list = found.data ?? [];
  return (
    <div className="shared-files">
      <Input autoFocus allowClear aria-label={t.search} placeholder={t.search} value={q} onChange={(event) => setQ(event.target.value)} />
      {found.isSuccess && list.length === 0 && (
        <p className="soft" role="status">
          {q.trim() ? t.none : t.nothing}
        </p>
      )}
      <ul aria-label={t.open}>
        {list.map((file) => (
          <li key={file.id}>
            <Button type="text" block onClick={() => choose(file)}>
              <span>{file.title}</span> <span className="soft">{[file.name, size(file.bytes)].join(" · ")}</span>
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
