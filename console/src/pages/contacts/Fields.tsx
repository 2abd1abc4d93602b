import { Button, Checkbox, Form, Input, Select } from "antd";
import { useState } from "react";
import { api, done, type Shown } from "../../api";
import { Badge, useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { useFields, type Field } from "./data";
import { settingsWords } from "./words";

type Wish = Shown["FieldWish"];

/** The fields that the account adds to every file: their list, and one of them. */
export function Fields({ onClose }: { onClose: () => void }) {
  const t = useWords(settingsWords);
  const told = useTold();
  const { data: fields } = useFields();
  const [form] = Form.useForm<Wish>();
  const [edited, setEdited] = useState<Field | null>(null);
  const kind = Form.useWatch("kind", form) ?? "text";
  const kinds: Record<string, string> = { text: t.text, number: t.number, date: t.date, choice: t.choice };
  const save = useSave(async (account, wish: Wish) => {
    const body = { ...wish, kind: edited?.kind ?? wish.kind, choices: kind === "choice" ? wish.choices : [], active: wish.active ?? true };
    if (edited) await done(api.PUT("/api/v1/accounts/{account_id}/contact_fields/{id}", { params: { path: { ...account, id: edited.id } }, body }));
    else await done(api.POST("/api/v1/accounts/{account_id}/contact_fields", { params: { path: account }, body }));
  }, ["contact_fields"]);
  const edit = (field: Field | null) => {
    setEdited(field);
    form.resetFields();
    if (field) form.setFieldsValue(field as Wish);
  };
  return (
    <Sheet
      title={t.fields}
      object={edited ? `contact_field:${edited.id}` : undefined}
      confirm={edited ? t.change : t.add}
      isSaving={save.isPending}
      problem={save.error}
      onSave={form.submit}
      onClose={onClose}
    >
      <p className="soft">{t.fieldsHelp}</p>
      <ul className="contact-list">
        {(fields ?? []).map((field) => (
          <li key={field.id} className="contact-line">
            <span>{field.name}</span>
            <span className="soft">{kinds[field.kind]}</span>
            {!field.active && <Badge tone="quiet">{t.unused}</Badge>}
            <Button type="text" size="small" aria-label={`${t.change} ${field.name}`} onClick={() => edit(field)}>
              {t.change}
            </Button>
          </li>
        ))}
      </ul>
      <h3>{edited ? edited.name : t.add}</h3>
      <Form<Wish>
        form={form}
        layout="vertical"
        initialValues={{ kind: "text", choices: [], sensitive: false, active: true }}
        onFinish={(wish) =>
          save.mutate(wish, {
            onSuccess: () => {
              told.good(t.saved);
              edit(null);
            },
          })
        }
      >
        <Form.Item name="name" label={t.name} rules={[{ required: true, message: t.needed }]}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="kind" label={t.kind}>
          <Select disabled={edited !== null} options={Object.entries(kinds).map(([value, label]) => ({ value, label }))} />
        </Form.Item>
        {kind === "choice" && (
          <Form.Item name="choices" label={t.choices} extra={t.choicesHelp} rules={[{ required: true, message: t.needed }]}>
            <Select mode="tags" open={false} suffixIcon={null} />
          </Form.Item>
        )}
        <Form.Item name="sensitive" valuePropName="checked">
          <Checkbox>{t.sensitive}</Checkbox>
        </Form.Item>
        {edited && (
          <Form.Item name="active" valuePropName="checked">
            <Checkbox>{t.used}</Checkbox>
          </Form.Item>
        )}
      </Form>
    </Sheet>
  );
}
