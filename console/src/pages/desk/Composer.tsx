import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useId, useReducer, useRef, useState } from "react";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { dictionary, useLanguage, useWords } from "../../words";
import { AttachButton } from "./AttachButton";
import { BroughtFiles } from "./BroughtFiles";
import { PhraseList, usePhrases, type Found } from "./PhraseList";
import { useTyping } from "./Live";
import { SharedFiles } from "./SharedFiles";
import Suggestions from "./Suggestions";
import { VoiceNote } from "./VoiceNote";
import { MOST, useAttachments } from "./attachments";
import { notYetIn, outgoing, type Outgoing } from "./outgoing";
import { openGaps, phraseAsked, withPhrase } from "./phrases";

const words = dictionary({
  en: {
    write: "Write to them",
    hint: "Enter sends, Shift and Enter begins a line, / finds a quick phrase",
    send: "Send",
    sending: "is being sent",
    failed: "not sent",
    again: "Send again",
    drop: "Give up",
    settle: "Settled: close",
    waits: "Files are still on their way",
    gaps: (names: string) => `Nothing is known for ${names}. Write it yourself before you send.`,
  },
  zh: { write: "输入回复", hint: "Enter 发送，Shift+Enter 换行，/ 查找快捷短语", send: "发送", sending: "发送中", failed: "未发送", again: "重新发送", drop: "放弃", settle: "已解决，关闭会话", waits: "文件仍在上传", gaps: (names) => `${names} 没有已知内容，请补充后再发送。` },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** Where an agent answers a text. What was not acknowledged stays here, and goes again under the same name. */
export function Composer({ conversation, lines }: { conversation: string; lines: readonly Shown["MessageReply"][] }) {
  const t = useWords(words);
  const { account } = useSession();
  const told = useTold();
  const client = useQueryClient();
  const { language } = useLanguage();
  const list = useId();
  const [text, setText] = useState("");
  const [caret, setCaret] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const asked = phraseAsked(text, caret);
  const phrases = usePhrases(conversation, asked);
  const typing = useTyping(conversation);
  const { files, good, waits, ids, add, addShared, drop, forget } = useAttachments(conversation);
  const [state, step] = useReducer(outgoing, []);
  const path = { ...account, id: conversation };
  const read = () => client.invalidateQueries({ queryKey: ["conversation", conversation] });
  const send = useMutation({
    // Without a network it is said, not waited for in silence.
    networkMode: "always",
    mutationFn: ({ name, text, files }: { name: string; text: string; files: readonly string[] }) =>
      done(api.POST(`${ACCOUNT}/conversations/{id}/messages`, { params: { path }, body: { client_id: name, text, attachments: [...files] } })),
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
  const gaps = openGaps(text);
  const isSomething = (text.trim() !== "" || good.length > 0) && gaps.length === 0;
  const fill = useMutation({
    mutationFn: (phrase: Found) =>
      done(api.POST(`${ACCOUNT}/quick_phrases/{id}/use`, { params: { path: { ...account, id: phrase.id } }, body: { conversation, language } })),
    onSuccess: (filled) => {
      if (!asked) return;
      const put = withPhrase(text, asked, filled.text);
      setText(put.text);
      setCaret(put.caret);
      // After the text has come into the field.
      requestAnimationFrame(() => {
        const field = box.current?.querySelector("textarea");
        field?.focus();
        field?.setSelectionRange(put.caret, put.caret);
      });
    },
    onError: told.bad,
  });
  const take = (suggested: string) => {
    const whole = text.trim() ? `${text.trimEnd()} ${suggested}` : suggested;
    setText(whole);
    setCaret(whole.length);
    requestAnimationFrame(() => box.current?.querySelector("textarea")?.focus());
  };
  const write = () => {
    const said = text.trim();
    if (!isSomething || waits) return;
    const name = crypto.randomUUID();
    step({ type: "written", name, text: said, files: ids });
    setText("");
    setCaret(0);
    forget();
    send.mutate({ name, text: said, files: ids });
  };
  const again = ({ name, text, files }: Outgoing) => {
    step({ type: "again", name });
    send.mutate({ name, text, files });
  };
  return (
    <div className="composer" ref={box}>
      <ul className="composer-out" aria-live="polite">
        {notYetIn(lines, state).map((one) => (
          <li key={one.name}>
            <span className="line-text">{one.text || "…"}</span>{" "}
            <span className="soft">
              {one.state === "failed" ? t.failed : t.sending}
              {one.state === "failed" && (
                <>
                  <Button size="small" type="link" onClick={() => again(one)}>
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
      <Suggestions conversation={conversation} take={take} />
      <PhraseList id={list} phrases={phrases} choose={(phrase) => fill.mutate(phrase)} />
      <Input.TextArea
        value={text}
        maxLength={8000}
        autoSize={{ minRows: 1, maxRows: 6 }}
        placeholder={t.hint}
        aria-label={t.write}
        aria-autocomplete="list"
        aria-controls={phrases.list.length > 0 ? list : undefined}
        aria-activedescendant={phrases.meant ? `${list}-${phrases.meant.id}` : undefined}
        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
        onChange={(event) => {
          setText(event.target.value);
          setCaret(event.target.selectionStart);
          typing();
        }}
        onKeyDown={(event) => {
          if (phrases.key(event, (phrase) => fill.mutate(phrase))) return;
          // While an input method is composing, Enter chooses a word.
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          write();
        }}
        onPaste={(event) => {
          if (event.clipboardData.files.length === 0) return;
          event.preventDefault();
          add(event.clipboardData.files);
        }}
      />
      <BroughtFiles files={files} drop={drop} />
      {gaps.length > 0 && (
        <p className="composer-gaps" role="alert">
          {t.gaps(gaps.join(", "))}
        </p>
      )}
      <div className="composer-below">
        <Button type="primary" disabled={!isSomething || waits} title={waits ? t.waits : undefined} onClick={write}>
          {t.send}
        </Button>
        <AttachButton disabled={files.length >= MOST} add={add} />
        <SharedFiles disabled={files.length >= MOST} choose={addShared} />
        <VoiceNote disabled={files.length >= MOST} bring={(file) => add([file])} />
        <Button loading={settle.isPending} onClick={() => settle.mutate()}>
          {t.settle}
        </Button>
      </div>
    </div>
  );
}
