import { Button, Input, Radio } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Card, useTold } from "../../parts";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Ticket } from "./data";
import { words } from "./words";

/** Say something about a ticket: for us, or to the contact where there is a channel. */
export function Comment({ ticket }: { ticket: Ticket }) {
  const t = useWords(words);
  const told = useTold();
  const [text, setText] = useState("");
  const [toContact, setToContact] = useState(false);
  const save = useSave(
    (account) =>
      done(api.POST("/api/v1/accounts/{account_id}/tickets/{id}/comments", { params: { path: { ...account, id: ticket.id } }, body: { text: text.trim(), to_contact: toContact } })),
    ["tickets"],
  );
  const emptied = () => {
    setText("");
    setToContact(false);
  };
  return (
    <Card title={t.comment}>
      <div className="ticket-half">
        <Input.TextArea value={text} maxLength={4000} autoSize={{ minRows: 2, maxRows: 8 }} aria-label={t.comment} onChange={(event) => setText(event.target.value)} />
        {ticket.by_text ? (
          <Radio.Group
            aria-label={t.commentFor}
            value={toContact}
            onChange={(event) => setToContact(Boolean(event.target.value))}
            options={[
              { value: false, label: t.internal },
              { value: true, label: t.toContact },
            ]}
          />
        ) : null}
        <p className="soft">{ticket.by_text ? t.byText : t.noChannel}</p>
        <div>
          <Button type="primary" disabled={text.trim() === ""} loading={save.isPending} onClick={() => save.mutate(undefined, { onSuccess: emptied, onError: told.bad })}>
            {t.send}
          </Button>
        </div>
      </div>
    </Card>
  );
}
