import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Form, Input, InputNumber, Select, Switch } from "antd";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { STATES, useDepartments, type TicketType } from "../tickets/data";
import { words } from "./words";

interface Field {
  name: string;
  kind: string;
  /** One a line. */
  choices?: string;
  required?: boolean;
}

interface Wish {
  name: string;
  fields?: Field[];
  limit_minutes?: number | null;
  calendar?: string | null;
  department?: string | null;
  share?: boolean;
  notices?: Record<string, string | undefined>;
  active?: boolean;
}

const KINDS = ["text", "number", "date", "choice"] as const;

/** A type of tickets: what is asked, how long it may take, what the contact is told. */
export function EditType({ type, onClose }: { type: TicketType | null; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const { data: departments } = useDepartments();
  const { data: calendars } = useQuery({ queryKey: ["calendars"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/calendars", { params: { path: account } })) });
  const [form] = Form.useForm<Wish>();
  const fields = Form.useWatch("fields", form);
  const save = useSave(
    async (at, wish: Wish) => {
      const lines = (text: string | undefined) => (text ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
      const to = {
        name: wish.name,
        fields: (wish.fields ?? []).map((field) => ({ name: field.name, kind: field.kind, choices: field.kind === "choice" ? lines(field.choices) : [], required: field.required ?? false })),
        limit_minutes: wish.limit_minutes ?? null,
        calendar: wish.calendar ?? null,
        department: wish.department ?? null,
        share: wish.share ?? false,
        notices: Object.fromEntries(Object.entries(wish.notices ?? {}).filter((one): one is [string, string] => Boolean(one[1]?.trim()))),
        active: wish.active ?? true,
      };
      if (type) await done(api.PUT("/api/v1/accounts/{account_id}/ticket_types/{id}", { params: { path: { ...at, id: type.id } }, body: { replaces: type.version, to } }));
      else await done(api.POST("/api/v1/accounts/{account_id}/ticket_types", { params: { path: at }, body: to }));
    },
    ["ticket_types"],
  );
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  const before: Wish = type
    ? { ...type, fields: type.fields.map((field) => ({ ...field, choices: (field.choices ?? []).join("\n") })) }
    : { name: "", limit_minutes: 480, active: true };
  const needed = [{ required: true, whitespace: true, message: t.needed }];
  return (
    <Sheet title={type ? t.edit(type.name) : t.add} wide object={type ? `ticket_type:${type.id}` : undefined} confirm={type ? undefined : t.create} isSaving={save.isPending} problem={save.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" initialValues={before} onFinish={(wish) => save.mutate(wish, { onSuccess: good })}>
        <Form.Item name="name" label={t.name} rules={needed}>
          <Input autoFocus={!type} maxLength={64} />
        </Form.Item>
        <Form.Item name="limit_minutes" label={t.limit} extra={t.limitHelp}>
          <InputNumber min={1} max={525_600} precision={0} suffix={t.minutes} style={{ width: 160 }} />
        </Form.Item>
        <Form.Item name="calendar" label={t.calendar}>
          <Select allowClear placeholder={t.always} options={(calendars ?? []).map((one) => ({ value: one.id, label: one.name }))} />
        </Form.Item>
        <Form.Item name="department" label={t.department}>
          <Select allowClear placeholder={t.nobody} options={(departments ?? []).filter((one) => one.active).map((one) => ({ value: one.id, label: one.name }))} />
        </Form.Item>
        <Form.Item name="share" valuePropName="checked">
          <Checkbox>{t.share}</Checkbox>
        </Form.Item>
        <h3>{t.fields}</h3>
        <Form.List name="fields">
          {(rows, { add, remove }) => (
            <>
              {rows.map((row) => (
                <div key={row.key} style={{ display: "flex", flexWrap: "wrap", gap: 12, alignItems: "start" }}>
                  <Form.Item name={[row.name, "name"]} label={t.fieldName} rules={needed}>
                    <Input maxLength={64} />
                  </Form.Item>
                  <Form.Item name={[row.name, "kind"]} label={t.fieldKind}>
                    <Select style={{ width: 120 }} options={KINDS.map((value) => ({ value, label: t[value] }))} />
                  </Form.Item>
                  {fields?.[row.name]?.kind === "choice" && (
                    <Form.Item name={[row.name, "choices"]} label={t.choices} rules={needed}>
                      <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} />
                    </Form.Item>
                  )}
                  <Form.Item name={[row.name, "required"]} label={t.required} valuePropName="checked">
                    <Switch />
                  </Form.Item>
                  <Form.Item label=" " colon={false}>
                    <Button icon={<DeleteOutlined />} aria-label={t.removeField} onClick={() => remove(row.name)} />
                  </Form.Item>
                </div>
              ))}
              <Button icon={<PlusOutlined />} disabled={rows.length >= 30} onClick={() => add({ name: "", kind: "text", required: false })}>
                {t.addField}
              </Button>
            </>
          )}
        </Form.List>
        <h3>{t.notices}</h3>
        <p className="soft">{t.noticesHelp}</p>
        {STATES.map((state) => (
          <Form.Item key={state} name={["notices", state]} label={t[state]}>
            <Input.TextArea maxLength={1000} autoSize={{ minRows: 1, maxRows: 5 }} />
          </Form.Item>
        ))}
        {type && (
          <Form.Item name="active" label={t.active} valuePropName="checked">
            <Switch />
          </Form.Item>
        )}
      </Form>
    </Sheet>
  );
}
