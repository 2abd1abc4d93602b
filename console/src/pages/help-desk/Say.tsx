import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useReducer, useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { notYetIn, outgoing } from "../desk/outgoing";
import { words } from "./words";

interface Props {
  inbox: string;
  lines: readonly { seq: number }[];
  begun: (conversation: string) => void;
}

/** Where one writes. What was not acknowledged stays here, and goes again under the same name. */
export function Say({ inbox, lines, begun }: Props) {
  const t = useWords(words);
  const account = useAccount();
  const client = useQueryClient();
  const told = useTold();
  const [text, setText] = useState("");
  const [state, step] = useReducer(outgoing, []);
  const send = useMutation({
    // Without a network it is said, not waited for in silence.
    networkMode: "always",
    mutationFn: ({ name, text }: { name: string; text: string }) =>
      done(api.POST("/api/v1/accounts/{account_id}/help_desk/texts", { params: { path: account }, body: { inbox, client_id: name, text } })),
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
  const write = () => {
    const said = text.trim();
    if (said === "") return;
    const name = crypto.randomUUID();
    step({ type: "written", name, text: said, files: [] });
    setText("");
    send.mutate({ name, text: said });
  };
  const again = (name: string, text: string) => {
    step({ type: "again", name });
    send.mutate({ name, text });
  };
  // What is stored is read a moment later.
  const waits = notYetIn(lines, state).filter((one) => one.state !== "stored");
  return (
    <div className="help-say">
      <ul aria-live="polite">
        {waits.map((one) => (
          <li key={one.name}>
            <span className="help-text">{one.text}</span> <span className="soft">{one.state === "failed" ? t.failed : t.sending}</span>
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
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // While an input method is composing, Enter chooses a word.
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          write();
        }}
      />
      <Button type="primary" disabled={text.trim() === ""} onClick={write}>
        {t.send}
      </Button>
    </div>
  );
}
