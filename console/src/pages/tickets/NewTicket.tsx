import { Form, Input, Select } from "antd";
import { api, done } from "../../api";
import { Empty } from "../../parts/Empty";
import { Sheet } from "../../parts/Sheet";
import { useTold } from "../../parts/told";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { FieldInput } from "./FieldInput";
import { PRIORITIES, useDepartments, useTypes } from "./data";
import { nameOf, words } from "./words";

interface Wish {
  type: string;
  title: string;
  problem?: string;
  priority: string;
  department?: string;
  fields?: Record<string, string | undefined>;
}

interface Props {
  /** In which talk it came up: contact and talk are linked to it. */
  conversation?: string;
  contact?: string;
  onClose: () => void;
  onMade?: (id: string) => void;
}

/** A new ticket: what its type asks for, and whom it is for. */
export default function NewTicket({ conversation, contact, onClose, onMade }: Props) {
  const t = useWords(words);
  const told = useTold();
  const types = useTypes();
  const { data: departments } = useDepartments();
  const [form] = Form.useForm<Wish>();
  const inUse = (types.data ?? []).filter((one) => one.active);
  const chosen = Form.useWatch("type", form) as string | undefined;
  const kind = inUse.find((one) => one.id === chosen) ?? (inUse.length === 1 ? inUse[0] : undefined);
  const save = useSave((account, wish: Wish) => {
    const fields = Object.fromEntries(Object.entries(wish.fields ?? {}).filter((one): one is [string, string] => Boolean(one[1])));
    const body = { ...wish, problem: wish.problem ?? "", fields, department: wish.department ?? null, conversation_id: conversation ?? null, contact: contact ?? null };
    return done(api.POST("/api/v1/accounts/{account_id}/tickets", { params: { path: account }, body }));
  }, ["tickets"]);
  const onFinish = (wish: Wish) =>
    save.mutate(wish, {
      onSuccess: (made) => {
        told.good(t.made(made.number));
        onMade?.(made.id);
        onClose();
      },
    });
  return (
    <Sheet title={t.add} confirm={t.create} isSaving={save.isPending} problem={save.error ?? types.error} onSave={form.submit} onClose={onClose}>
      {types.isSuccess && inUse.length === 0 ? (
        <Empty title={t.noTypes}>{t.noTypesHelp}</Empty>
      ) : (
        types.isSuccess && (
          <Form<Wish> form={form} layout="vertical" initialValues={{ priority: "normal", type: inUse.length === 1 ? inUse[0]?.id : undefined }} onFinish={onFinish}>
            {conversation && <p className="soft">{t.carries}</p>}
            <Form.Item name="type" label={t.kind} rules={[{ required: true, message: t.needed }]}>
              <Select options={inUse.map((one) => ({ value: one.id, label: one.name }))} />
            </Form.Item>
            <Form.Item name="title" label={t.subject} rules={[{ required: true, whitespace: true, message: t.needed }]}>
              <Input maxLength={200} />
            </Form.Item>
            <Form.Item name="problem" label={t.problem}>
              <Input.TextArea maxLength={4000} autoSize={{ minRows: 3, maxRows: 10 }} />
            </Form.Item>
            {kind?.fields.map((field) => (
              <FieldInput key={`${kind.id} ${field.name}`} field={field} />
            ))}
            <Form.Item name="priority" label={t.priority}>
              <Select options={PRIORITIES.map((value) => ({ value, label: nameOf(t, value) }))} />
            </Form.Item>
            <Form.Item name="department" label={t.department}>
              <Select allowClear placeholder={t.typeDefault} options={(departments ?? []).filter((one) => one.active).map((one) => ({ value: one.id, label: one.name }))} />
            </Form.Item>
          </Form>
        )
      )}
    </Sheet>
  );
}
