import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { api, done, problemText } from "../../api";
import { LanguageSwitch, ThemeSwitch } from "../../app/Preferences";
import { useLanguage, useWords } from "../../words";
import { DemoPeople } from "./DemoPeople";
import { words } from "./words";
import "./sign-in.css";

interface Entry {
  login: string;
  password: string;
}

/** The door. On the machine of a demo it also opens by one click. */
export default function SignIn({ entered }: { entered: () => Promise<void> }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const people = useQuery({ queryKey: ["demo"], queryFn: () => done(api.GET("/api/v1/auth/demo")), retry: false });
  const enter = useMutation({
    mutationFn: (entry: Entry) => done(api.POST("/api/v1/auth/session", { body: entry })),
    onSuccess: entered,
  });
  const required = [{ required: true, message: t.missing }];
  return (
    <div className="door">
      <div className="door-tools">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <main className="door-card">
        <div className="door-brand">
          <img src="/icon.svg" alt="" width={40} height={40} />
          <h1>Ringdesk</h1>
        </div>
        <Form<Entry> layout="vertical" requiredMark={false} onFinish={(entry) => enter.mutate(entry)} disabled={enter.isPending}>
          {enter.isError && <Alert type="error" showIcon title={problemText(enter.error, language)} style={{ marginBottom: 16 }} />}
          <Form.Item name="login" label={t.login} rules={required}>
            <Input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} size="large" />
          </Form.Item>
          <Form.Item name="password" label={t.password} rules={required}>
            <Input.Password autoComplete="current-password" size="large" />
          </Form.Item>
          <Button type="primary" htmlType="submit" size="large" block loading={enter.isPending}>
            {t.enter}
          </Button>
        </Form>
        {people.data && people.data.length > 0 && <DemoPeople people={people.data} entered={entered} />}
      </main>
    </div>
  );
}
