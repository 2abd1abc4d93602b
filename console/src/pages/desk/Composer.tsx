import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useReducer, useState } from "react";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";
import { notYetIn, outgoing } from "./outgoing";

const words = dictionary({
  en: {
    write: "Write to them",
    hint: "Enter sends, Shift and Enter begins a line",
    send: "Send",
    sending: "is being sent",
    failed: "not sent",
    again: "Send again",
    drop: "Give up",
    settle: "Settled: close",
  },
  zh: { write: "输入回复", hint: "Enter 发送，Shift+Enter 换行", send: "发送", sending: "发送中", failed: "未发送", again: "重新发送", drop: "放弃", settle: "已解决，关闭会话" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** Where an agent answers a text. What was not acknowledged stays here, and goes again under the same name. */
export function Composer({ conversation, lines }: { conversation: string; lines: readonly Shown["MessageReply"][] }) {
  const t = useWords(words);
  const { account } = useSession();
  const told = useTold();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [state, step] = useReducer(outgoing, []);
  const path = { ...account, id: conversation };
  const read = () => client.invalidateQueries({ queryKey: ["conversation", conversation] });
  const send = useMutation({
    // Without a network it is said, not waited for in silence.
    networkMode: "always",
    mutationFn: ({ name, text }: { name: string; text: string }) =>
      done(api.POST(`${ACCOUNT}/conversations/{id}/messages`, { params: { path }, body: { client_id: name, text } })),
    onSuccess: (stored, { name }) => {
      step({ type: "stored", name, seq: stored.seq });
      void read();
    },
    onError: (_, { name }) => step({ type: "failed", name }),
  });
  const settle = useMutation({
    mutationFn: () => done(api.POST(`${ACCOUNT}/conversations/{id}/close`, { params: { path } })),
    onError: told.bad,
    onSettled: () => Promise.all([read(), client.invalidateQueries({ queryKey: ["offers"] }), client.invalidateQueries({ queryKey: ["conversations"] })]),
  });
  const write = () => {
    const said = text.trim();
    if (!said) return;
    const name = crypto.randomUUID();
    step({ type: "written", name, text: said });
    setText("");
    send.mutate({ name, text: said });
  };
  const again = (name: string, text: string) => {
    step({ type: "again", name });
    send.mutate({ name, text });
  };
  return (
    <div className="composer">
      <ul className="composer-out" aria-live="polite">
        {notYetIn(lines, state).map((one) => (
          <li key={one.name}>
            <span className="line-text">{one.text}</span>{" "}
            <span className="soft">
              {one.state === "failed" ? t.failed : t.sending}
              {one.state === "failed" && (
                <>
                  <Button size="small" type="link" onClick={() => again(one.name, one.text)}>
                    {t.again}
                  </Button>
                  <Button size="small" type="link" onClick={() => step({ type: "dropped", name: one.name })}>
                    {t.drop}
                  </Button>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
      <Input.TextArea
        value={text}
        maxLength={8000}
        autoSize={{ minRows: 1, maxRows: 6 }}
        placeholder={t.hint}
        aria-label={t.write}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // While an input method is composing, Enter chooses a word.
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          write();
        }}
      />
      <div className="composer-below">
        <Button type="primary" disabled={!text.trim()} onClick={write}>
          {t.send}
        </Button>
        <Button loading={settle.isPending} onClick={() => settle.mutate()}>
          {t.settle}
        </Button>
      </div>
    </div>
  );
}
