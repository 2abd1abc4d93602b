import { PushpinFilled, PushpinOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { useNames } from "../../agent/hooks";
import { api, done } from "../../api";
import { Card } from "../../parts/Card";
import { Moment } from "../../parts/Moment";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: { title: "Notes", write: "Write a note", keep: "Keep", me: "Me", pin: "Show to the next agent, too", unpin: "Do not show first any more", remove: "Take back", none: "Nobody has written anything yet." },
  zh: { title: "备注", write: "填写备注", keep: "保存", me: "我", pin: "置顶（下一位坐席可见）", unpin: "取消置顶", remove: "撤回", none: "暂无备注。" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** What agents have written about a conversation; pinned notes first. */
export function Notes({ conversation }: { conversation: string }) {
  const t = useWords(words);
  const { account } = useSession();
  const names = useNames();
  const told = useTold();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const key = ["conversation", conversation, "notes"];
  const again = { onError: told.bad, onSettled: () => client.invalidateQueries({ queryKey: key }) };
  const path = { ...account, id: conversation };
  const notes = useQuery({ queryKey: key, queryFn: () => done(api.GET(`${ACCOUNT}/conversations/{id}/notes`, { params: { path } })) });
  const write = useMutation({
    mutationFn: () => done(api.POST(`${ACCOUNT}/conversations/{id}/notes`, { params: { path }, body: { text: text.trim(), pinned: false } })),
    onSuccess: () => setText(""),
    ...again,
  });
  const pin = useMutation({
    mutationFn: ({ id, pinned }: { id: string; pinned: boolean }) => done(api.PUT(`${ACCOUNT}/notes/{id}`, { params: { path: { ...account, id } }, body: { pinned } })),
    ...again,
  });
  const remove = useMutation({
    mutationFn: (id: string) => done(api.DELETE(`${ACCOUNT}/notes/{id}`, { params: { path: { ...account, id } } })),
    ...again,
  });
  return (
    <Card title={t.title}>
      <ul className="notes">
        {notes.data?.length === 0 && <li className="soft">{t.none}</li>}
        {notes.data?.map((note) => (
          <li key={note.id}>
            <div className="todo-top soft">
              <span>{note.mine ? t.me : (names.agent(note.agent) ?? "")}</span>
              <Moment at={note.at} />
              <span style={{ flex: 1 }} />
              <Button
                size="small"
                type="text"
                icon={note.pinned ? <PushpinFilled /> : <PushpinOutlined />}
                aria-label={note.pinned ? t.unpin : t.pin}
                aria-pressed={note.pinned}
                title={note.pinned ? t.unpin : t.pin}
                onClick={() => pin.mutate({ id: note.id, pinned: !note.pinned })}
              />
            </div>
            <div className="line-text">{note.text}</div>
            {note.mine && (
              <Button size="small" type="link" style={{ padding: 0 }} onClick={() => remove.mutate(note.id)}>
                {t.remove}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Input.TextArea value={text} maxLength={4000} autoSize={{ minRows: 1, maxRows: 5 }} placeholder={t.write} aria-label={t.write} onChange={(event) => setText(event.target.value)} />
      <Button style={{ marginTop: 8 }} disabled={!text.trim()} loading={write.isPending} onClick={() => write.mutate()}>
        {t.keep}
      </Button>
    </Card>
  );
}
