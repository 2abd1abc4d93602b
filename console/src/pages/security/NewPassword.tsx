import { useMutation } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { api, done } from "../../api";
import { Trouble } from "../../parts";
import { useWords } from "../../words";
import { words } from "./words";
import css from "./security.module.css";

interface Wish {
  present: string;
  password: string;
  again: string;
}

interface Props {
  user: { id: string; login: string };
  account: { account_id: string };
  onDone: () => void;
}

/** Another password for oneself. Who does it stays signed in here, and nowhere else. */
export function NewPassword({ user, account, onDone }: Props) {
  const t = useWords(words);
  const [form] = Form.useForm<Wish>();
  const change = useMutation({
    mutationFn: ({ present, password }: Wish) =>
      done(api.PUT("/api/v1/accounts/{account_id}/users/{id}/password", { params: { path: { ...account, id: user.id } }, body: { present, password } })),
    onSuccess: () => {
      form.resetFields();
      onDone();
    },
  });
  const needed = { required: true, message: t.missing };
  return (
    <Form<Wish> form={form} layout="vertical" requiredMark={false} className={css.password} disabled={change.isPending} onFinish={change.mutate}>
      {change.isError && (
        <div className={css.trouble}>
          <Trouble problem={change.error} />
        </div>
      )}
      {/* For whoever keeps passwords: whose it is. */}
      <input type="text" autoComplete="username" value={user.login} readOnly hidden />
      <Form.Item name="present" label={t.presentPassword} rules={[needed]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item name="password" label={t.newPassword} extra={t.passwordRules} rules={[needed, { min: 8, message: t.tooShort }]}>
        <Input.Password autoComplete="new-password" maxLength={256} />
      </Form.Item>
      <Form.Item
        name="again"
        label={t.passwordAgain}
        dependencies={["password"]}
        rules={[
          needed,
          {
            validator: (_, value) => (!value || value === form.getFieldValue("password") ? Promise.resolve() : Promise.reject(new Error(t.notTheSame))),
          },
        ]}
      >
        <Input.Password autoComplete="new-password" maxLength={256} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={change.isPending}>
        {t.changePassword}
      </Button>
    </Form>
  );
}
