import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useReducer, useState } from "react";
import { api, done } from "../api";
import { notYetIn, outgoing } from "../pages/desk/outgoing";
import { useTold } from "../parts/told";
import { useSession } from "../session";
import { useWords } from "../words";
import type { Line, Room } from "./data";
import { forgetAbout, useColleaguesPanel } from "./store";
import { words } from "./words";

/** Where one writes. What was not acknowledged stays here, and goes again under the same name. */
export function Say({ room, lines }: { room: Room; lines: readonly Line[] }) {
  const t = useWords(words);
  const { account, user } = useSession();
  const client = useQueryClient();
  const told = useTold();
  const { about } = useColleaguesPanel();
  const [text, setText] = useState("");
  const [state, step] = useReducer(outgoing, []);
  const path = { ...account, id: room.id };
  const send = useMutation({
    // Without a network it is said, not waited for in silence.
    networkMode: "always",
    mutationFn: ({ name, text, about }: { name: string; text: string; about: string | null }) =>
      done(api.POST("/api/v1/accounts/{account_id}/staff_rooms/{id}/lines", { params: { path }, body: { client_id: name, text, conversation: about } })),
    onSuccess: ({ seq }, { name }) => {
      step({ type: "stored", name, seq });
      void client.invalidateQueries({ queryKey: ["staff_room", room.id] });
    },
    onError: (problem, { name }) => {
      step({ type: "failed", name });
      told.bad(problem);
    },
  });
  // With what it was about, so that it goes again as it was.
  const [abouts, setAbouts] = useState<Readonly<Record<string, string | null>>>({});
  const write = () => {
    const said = text.trim();
    if (said === "") return;
    const name = crypto.randomUUID();
    setAbouts({ ...abouts, [name]: about });
    step({ type: "written", name, text: said, files: [] });
    setText("");
    forgetAbout();
    send.mutate({ name, text: said, about });
  };
  const again = (name: string, text: string) => {
    step({ type: "again", name });
    send.mutate({ name, text, about: abouts[name] ?? null });
  };
  const isClosed = !room.name && !room.people.some((one) => one.id !== user.id && one.active);
  return (
    <div className="colleagues-say">
      <ul aria-live="polite">
        {notYetIn(lines, state).map((one) => (
          <li key={one.name}>
            <span className="colleagues-text">{one.text}</span> <span className="soft">{one.state === "failed" ? t.failed : t.sending}</span>
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
      {about && (
        <p className="colleagues-about">
          {t.about}
          <Button size="small" type="link" onClick={forgetAbout}>
            {t.notAbout}
          </Button>
        </p>
      )}
      <Input.TextArea
        autoFocus
        value={text}
        disabled={isClosed}
        maxLength={8000}
        autoSize={{ minRows: 1, maxRows: 6 }}
        placeholder={isClosed ? t.outOfUse : t.hint}
        aria-label={t.write}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // While an input method is composing, Enter chooses a word.
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          write();
        }}
      />
      <Button type="primary" disabled={isClosed || text.trim() === ""} onClick={write}>
        {t.send}
      </Button>
    </div>
  );
}
