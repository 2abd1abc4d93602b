import { Form, Input } from "antd";
import { api, done } from "../../api";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { FieldInput } from "./FieldInput";
import type { Ticket, TicketType } from "./data";
import { words } from "./words";

interface Wish {
  title: string;
  problem?: string;
  fields?: Record<string, string | undefined>;
}

/** What a ticket is about, said otherwise. */
export function EditTicket({ ticket, kind, onClose }: { ticket: Ticket; kind: TicketType | undefined; onClose: () => void }) {
  const t = useWords(words);
  const [form] = Form.useForm<Wish>();
  const save = useSave((account, wish: Wish) => {
    const fields = Object.fromEntries(Object.entries(wish.fields ?? {}).map(([name, value]) => [name, value ?? ""]));
    const body = { title: wish.title, problem: wish.problem ?? "", fields };
    return done(api.PUT("/api/v1/accounts/{account_id}/tickets/{id}", { params: { path: { ...account, id: ticket.id } }, body }));
  }, ["tickets"]);
  return (
    <Sheet title={t.ticket(ticket.number)} isSaving={save.isPending} problem={save.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" initialValues={{ title: ticket.title, problem: ticket.problem, fields: ticket.fields }} onFinish={(wish) => save.mutate(wish, { onSuccess: onClose })}>
        <Form.Item name="title" label={t.subject} rules={[{ required: true, whitespace: true, message: t.needed }]}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="problem" label={t.problem}>
          <Input.TextArea maxLength={4000} autoSize={{ minRows: 3, maxRows: 12 }} />
        </Form.Item>
        {kind?.fields.map((field) => (
          <FieldInput key={field.name} field={field} />
        ))}
      </Form>
    </Sheet>
  );
}
