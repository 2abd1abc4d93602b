import { Button, Checkbox, Form, Input, Select, Space } from "antd";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { SureButton } from "../../parts/SureButton";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useRoles, useSave, type User } from "../settings/data";
import { password as anyPassword } from "../settings/passwords";
import { roleNames } from "../settings/roles";
import { Ability } from "./Ability";
import { PublicName } from "./PublicName";
import type { Phone } from "./PhoneNote";
import { Reach } from "./Reach";
import { words } from "./words";

interface Wish {
  name: string;
  roles: string[];
  extension?: string;
  password?: string;
  email?: string;
  language: string;
  mustChange: boolean;
  active?: boolean;
}

interface Props {
  user: User;
  onClose: () => void;
  onPhone: (phone: Phone) => void;
}

const same = (a: readonly string[], b: readonly string[]) => [...a].sort().join() === [...b].sort().join();

export function EditUser({ user, onClose, onPhone }: Props) {
  const t = useWords(words);
  const names = useWords(roleNames);
  const told = useTold();
  const { user: me } = useSession();
  const { data: roles } = useRoles();
  const [form] = Form.useForm<Wish>();
  const password = Form.useWatch("password", form);
  const touched = [["users"], ["agents"]];
  const save = useSave(async (account, wish: Wish): Promise<Phone | null> => {
    const params = { path: { ...account, id: user.id } };
    const extension = (wish.extension ?? "").trim();
    const isNewExtension = user.agent && extension !== (user.extension ?? "");
    let phone: Phone | null = null;
    const [email, language] = [(wish.email ?? "").trim(), wish.language];
    const isReached = email === (user.email ?? "") && language === (user.language ?? "");
    if (wish.name !== user.name || !isReached || isNewExtension || wish.active !== undefined) {
      const body = { name: wish.name, email, language, replaces: user.version, ...(isNewExtension && { extension }), ...(wish.active !== undefined && { active: wish.active }) };
      phone = (await done(api.PUT("/api/v1/accounts/{account_id}/users/{id}", { params, body }))).phone ?? null;
    }
    if (!same(wish.roles, user.roles)) {
      await done(api.PUT("/api/v1/accounts/{account_id}/users/{id}/roles", { params, body: { roles: wish.roles } }));
    }
    if (wish.password) {
      await done(api.PUT("/api/v1/accounts/{account_id}/users/{id}/password", { params, body: { password: wish.password, must_change_password: wish.mustChange } }));
    }
    return phone;
  }, ...touched);
  const renew = useSave(
    (account, agent: string) => done(api.POST("/api/v1/accounts/{account_id}/agents/{id}/phone", { params: { path: { ...account, id: agent } } })),
    ...touched,
  );
  const end = useSave((account, id: string) =>
    done(api.DELETE("/api/v1/accounts/{account_id}/users/{id}/sessions", { params: { path: { ...account, id } } })),
  );
  const submit = (wish: Wish) =>
    save.mutate(wish, {
      onSuccess: (phone) => {
        if (phone) onPhone(phone);
        told.good(t.saved);
        onClose();
      },
    });
  const use = (active: boolean) => submit({ ...form.getFieldsValue(), active });
  const aside =
    user.id === me.id ? undefined : user.disabled ? (
      <Button onClick={() => use(true)}>{t.back}</Button>
    ) : (
      <SureButton help={t.outHelp} onSure={() => use(false)}>
        {t.out}
      </SureButton>
    );
  return (
    <Sheet title={t.editTitle(user.name)} object={`user:${user.id}`} aside={aside} isSaving={save.isPending} problem={save.error ?? renew.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" onFinish={submit} initialValues={{ name: user.name, roles: user.roles, extension: user.extension ?? "", email: user.email ?? "", language: user.language ?? "", mustChange: true }}>
        <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: t.required }]}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item label={t.login}>
          <Input value={user.login} disabled />
        </Form.Item>
        <Form.Item name="roles" label={t.roles}>
          <Select mode="multiple" options={(roles ?? []).map(({ name }) => ({ value: name, label: names[name] ?? name }))} />
        </Form.Item>
        <Reach />
        {user.agent && (
          <Form.Item name="extension" label={t.extension} extra={t.extensionHelp}>
            <Input maxLength={32} />
          </Form.Item>
        )}
        {/* One's own is changed with the present one, on the page of security. */}
        {user.id !== me.id && (
          <>
            <Form.Item label={t.newPassword} extra={t.newPasswordHelp}>
              <Space.Compact block>
                <Form.Item name="password" noStyle rules={[{ min: 8, message: t.short }]}>
                  <Input aria-label={t.newPassword} autoComplete="off" />
                </Form.Item>
                <Button onClick={() => form.setFieldValue("password", anyPassword())}>{t.makeUp}</Button>
              </Space.Compact>
            </Form.Item>
            {password && (
              <Form.Item name="mustChange" valuePropName="checked">
                <Checkbox>{t.mustChange}</Checkbox>
              </Form.Item>
            )}
          </>
        )}
      </Form>
      {user.agent && <PublicName agent={user.agent} />}
      {user.agent && <Ability agent={user.agent} />}
      <Space wrap>
        {user.agent && !user.disabled && (
          <Button loading={renew.isPending} onClick={() => renew.mutate(user.agent ?? "", { onSuccess: onPhone })}>
            {t.renew}
          </Button>
        )}
        <Button loading={end.isPending} onClick={() => end.mutate(user.id, { onSuccess: () => told.good(t.signedOut), onError: told.bad })}>
          {t.signOut}
        </Button>
      </Space>
    </Sheet>
  );
}
