import { Form, Select } from "antd";
import { api, done } from "../../api";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { useDepartments, usePeople, type Ticket } from "./data";
import { words } from "./words";

interface Wish {
  department?: string | null;
  user?: string | null;
}

/** Whose a ticket is: a department's, somebody's, nobody's. */
export function GiveTicket({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const t = useWords(words);
  const { data: departments } = useDepartments();
  const { data: people } = usePeople();
  const [form] = Form.useForm<Wish>();
  const save = useSave((account, wish: Wish) => {
    const body = { department: wish.department ?? null, user: wish.user ?? null };
    return done(api.PUT("/api/v1/accounts/{account_id}/tickets/{id}/assignee", { params: { path: { ...account, id: ticket.id } }, body }));
  }, ["tickets"]);
  const inUse = (all: readonly { id: string; name: string; active: boolean }[] | undefined) => (all ?? []).filter((one) => one.active).map((one) => ({ value: one.id, label: one.name }));
  return (
    <Sheet title={t.giveTitle} isSaving={save.isPending} problem={save.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" initialValues={{ department: ticket.department, user: ticket.assignee }} onFinish={(wish) => save.mutate(wish, { onSuccess: onClose })}>
        <Form.Item name="department" label={t.department}>
          <Select allowClear placeholder={t.nobody} options={inUse(departments)} />
        </Form.Item>
        <Form.Item name="user" label={t.assignee}>
          <Select allowClear showSearch optionFilterProp="label" placeholder={t.nobody} options={inUse(people)} />
        </Form.Item>
      </Form>
    </Sheet>
  );
}
