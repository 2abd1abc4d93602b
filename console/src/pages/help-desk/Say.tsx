import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useReducer, useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { AttachButton } from "../desk/AttachButton";
import { MOST, useBrought } from "../desk/attachments";
import { BroughtFiles } from "../desk/BroughtFiles";
import { notYetIn, outgoing, type Outgoing } from "../desk/outgoing";
import { useSayWriting } from "./Writing";
import { words } from "./words";

interface Props {
  inbox: string;
  /** The conversation that goes on; `null`: none yet. */
  talk: string | null;
  lines: readonly { seq: number }[];
  begun: (conversation: string) => void;
}

/** Where one writes. What was not acknowledged stays here, and goes again under the same name. */
export function Say({ inbox, talk, lines, begun }: Props) {
  const t = useWords(words);
  const account = useAccount();
  const client = useQueryClient();
  const told = useTold();
  const [text, setText] = useState("");
  const [state, step] = useReducer(outgoing, []);
  const { files, waits, ids, add, drop, forget } = useBrought("help_desk/files", { inbox });
  const writing = useSayWriting(talk);
  const send = useMutation({
    // Without a network it is said, not waited for in silence.
    networkMode: "always",
    mutationFn: ({ name, text, files }: Pick<Outgoing, "name" | "text" | "files">) =>
      done(api.POST("/api/v1/accounts/{account_id}/help_desk/texts", { params: { path: account }, body: { inbox, client_id: name, text, attachments: [...files] } })),
    onSuccess: async ({ seq, conversation }, { name }) => {
      step({ type: "stored", name, seq });
      await client.invalidateQueries({ queryKey: ["help_desk"] });
      begun(conversation);
    },
    onError: (problem, { name }) => {
      step({ type: "failed", name });
      told.bad(problem);
    },
  });
  const isSomething = text.trim() !== "" || ids.length > 0;
  const write = () => {
    const said = text.trim();
    if (!isSomething || waits) return;
    const name = crypto.randomUUID();
    step({ type: "written", name, text: said, files: ids });
    setText("");
    forget();
    send.mutate({ name, text: said, files: ids });
  };
  const again = (one: Outgoing) => {
    step({ type: "again", name: one.name });
    send.mutate(one);
  };
  // What is stored is read a moment later.
  const unsaid = notYetIn(lines, state).filter((one) => one.state !== "stored");
  return (
    <div className="help-say">
      <ul aria-live="polite">
        {unsaid.map((one) => (
          <li key={one.name}>
            <span className="help-text">{one.text || "…"}</span> <span className="soft">{one.state === "failed" ? t.failed : t.sending}</span>
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
          </li>
        ))}
      </ul>
      <Input.TextArea
        autoFocus
        value={text}
        maxLength={8000}
        autoSize={{ minRows: 2, maxRows: 8 }}
        placeholder={t.hint}
        aria-label={t.ask}
        onChange={(event) => {
          setText(event.target.value);
          writing();
        }}
        onKeyDown={(event) => {
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
      <div className="help-below">
        <Button type="primary" disabled={!isSomething || waits} title={waits ? t.waits : undefined} onClick={write}>
          {t.send}
        </Button>
        <AttachButton disabled={files.length >= MOST} add={add} />
      </div>
    </div>
  );
}
