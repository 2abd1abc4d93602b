import { Button, Checkbox, Form, Input, Select, Space, Switch } from "antd";
import { api, done } from "../../api";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useQueues, useRoles, useSave } from "../settings/data";
import { password } from "../settings/passwords";
import { roleNames } from "../settings/roles";
import type { Phone } from "./PhoneNote";
import { Reach } from "./Reach";
import { words } from "./words";

interface Wish {
  name: string;
  login: string;
  password: string;
  roles: string[];
  email?: string;
  language?: string;
  mustChange: boolean;
  takesCalls: boolean;
  extension?: string;
  queues?: string[];
}

interface Props {
  onClose: () => void;
  onPhone: (phone: Phone) => void;
}

export function NewUser({ onClose, onPhone }: Props) {
  const t = useWords(words);
  const names = useWords(roleNames);
  const { data: roles } = useRoles();
  const { data: queues } = useQueues();
  const [form] = Form.useForm<Wish>();
  const takesCalls = Form.useWatch("takesCalls", form);
  const save = useSave(
    async (account, wish: Wish) => {
      const { name, login, password, roles } = wish;
      const about = { email: wish.email ?? "", language: wish.language ?? "", must_change_password: wish.mustChange };
      const params = { path: account };
      if (!wish.takesCalls) {
        await done(api.POST("/api/v1/accounts/{account_id}/users", { params, body: { name, login, password, roles, ...about } }));
        return null;
      }
      const places = (wish.queues ?? []).map((queue) => ({ queue, level: 1 }));
      const body = { name, login, password, roles, ...about, extension: wish.extension ?? "", queues: places };
      return (await done(api.POST("/api/v1/accounts/{account_id}/agents", { params, body }))).phone;
    },
    ["users"],
    ["agents"],
    ["queues"],
    ["queue"],
  );
  const needed = [{ required: true, whitespace: true, message: t.required }];
  const submit = (wish: Wish) =>
    save.mutate(wish, {
      onSuccess: (phone) => {
        if (phone) onPhone(phone);
        onClose();
      },
    });
  return (
    <Sheet title={t.add} confirm={t.create} isSaving={save.isPending} problem={save.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" onFinish={submit} initialValues={{ roles: ["agent"], takesCalls: true, mustChange: true, language: "", password: password() }}>
        <Form.Item name="name" label={t.name} rules={needed}>
          <Input autoFocus maxLength={80} autoComplete="off" />
        </Form.Item>
        <Form.Item name="login" label={t.login} rules={needed}>
          <Input maxLength={64} autoComplete="off" />
        </Form.Item>
        <Form.Item label={t.password} extra={t.passwordHelp} required>
          <Space.Compact block>
            <Form.Item name="password" noStyle rules={[...needed, { min: 8, message: t.short }]}>
              <Input aria-label={t.password} autoComplete="off" />
            </Form.Item>
            <Button onClick={() => form.setFieldValue("password", password())}>{t.makeUp}</Button>
          </Space.Compact>
        </Form.Item>
        <Form.Item name="mustChange" valuePropName="checked">
          <Checkbox>{t.mustChange}</Checkbox>
        </Form.Item>
        <Reach />
        <Form.Item name="roles" label={t.roles} rules={[{ required: true, message: t.required }]}>
          <Select mode="multiple" options={(roles ?? []).map(({ name }) => ({ value: name, label: names[name] ?? name }))} />
        </Form.Item>
        <Form.Item name="takesCalls" label={t.takesCalls} valuePropName="checked" extra={t.takesCallsHelp}>
          <Switch />
        </Form.Item>
        {takesCalls && (
          <>
            <Form.Item name="extension" label={t.extension} extra={t.extensionHelp} rules={needed}>
              <Input maxLength={32} inputMode="numeric" autoComplete="off" />
            </Form.Item>
            <Form.Item name="queues" label={t.queues}>
              <Select mode="multiple" options={(queues ?? []).map((queue) => ({ value: queue.id, label: queue.name }))} />
            </Form.Item>
          </>
        )}
      </Form>
    </Sheet>
  );
}
