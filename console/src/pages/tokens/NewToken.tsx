import { Form, Input, InputNumber, Select } from "antd";
import { api, done } from "../../api";
import { Sheet } from "../../parts/Sheet";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useRoles, useSave } from "../settings/data";
import { words } from "./words";

interface Wish {
  name: string;
  permissions: string[];
  expires_in_days: number;
}

interface Props {
  onClose: () => void;
  onMade: (token: string) => void;
}

export function NewToken({ onClose, onMade }: Props) {
  const t = useWords(words);
  const { may } = useSession();
  const { data: roles } = useRoles();
  const [form] = Form.useForm<Wish>();
  // Every permission that some role has, and that one has oneself: nobody gives more.
  const scopes = [...new Set((roles ?? []).flatMap((role) => role.permissions))].filter((scope) => may(scope as Parameters<typeof may>[0])).sort();
  const save = useSave((path, body: Wish) => done(api.POST("/api/v1/accounts/{account_id}/api_tokens", { params: { path }, body })), ["api_tokens"]);
  const submit = (wish: Wish) =>
    save.mutate(wish, {
      onSuccess: ({ token }) => {
        onMade(token);
        onClose();
      },
    });
  const needed = { required: true, message: t.required };
  return (
    <Sheet title={t.add} confirm={t.create} isSaving={save.isPending} problem={save.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" onFinish={submit} initialValues={{ permissions: [], expires_in_days: 90 }}>
        <Form.Item name="name" label={t.name} extra={t.nameHelp} rules={[{ ...needed, whitespace: true }]}>
          <Input autoFocus maxLength={100} />
        </Form.Item>
        <Form.Item name="permissions" label={t.scopes} extra={t.scopesHelp} rules={[needed]}>
          <Select mode="multiple" options={scopes.map((scope) => ({ value: scope, label: scope }))} />
        </Form.Item>
        <Form.Item name="expires_in_days" label={t.days} rules={[needed]}>
          <InputNumber min={1} max={366} precision={0} suffix={t.daysUnit} style={{ width: 160 }} />
        </Form.Item>
      </Form>
    </Sheet>
  );
}
