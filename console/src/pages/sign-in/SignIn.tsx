import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { api, done, Problem, problemText } from "../../api";
import { useLanguage, useWords } from "../../words";
import { withChallenge } from "./challenge";
import { CodeStep } from "./CodeStep";
import { DemoPeople } from "./DemoPeople";
import { Door } from "./Door";
import { useLockOut } from "./lockOut";
import { words } from "./words";

interface Entry {
  login: string;
  password: string;
}

/** The door. On the machine of a demo it also opens by one click. */
export default function SignIn({ entered }: { entered: () => Promise<void> }) {
  const t = useWords(words);
  const { language } = useLanguage();
  // The password was right: the same once more, with a code.
  const [halfway, setHalfway] = useState<Entry | null>(null);
  const people = useQuery({ queryKey: ["demo"], queryFn: () => done(api.GET("/api/v1/auth/demo")), retry: false });
  // The browser does the work that is asked for after some failures.
  const [isChecking, setChecking] = useState(false);
  const enter = useMutation({
    mutationFn: (entry: Entry & { code?: string }) =>
      withChallenge((answer) => done(api.POST("/api/v1/auth/session", { body: { ...entry, ...(answer && { answer }) } })), setChecking),
    onSuccess: entered,
    onError: (problem, { login, password }) => {
      if (problem instanceof Problem && problem.kind === "code-wanted") setHalfway({ login, password });
    },
  });
  const wait = useLockOut(enter.error);
  const back = () => {
    setHalfway(null);
    enter.reset();
  };
  const required = [{ required: true, message: t.missing }];
  const isAsked = enter.error instanceof Problem && enter.error.kind === "code-wanted";
  const said = wait > 0 ? t.lockedOut(wait) : enter.isError && !isAsked ? problemText(enter.error, language) : null;
  return (
    <Door>
      {said && <Alert type={wait > 0 ? "warning" : "error"} showIcon title={said} />}
      <p role="status" className="soft door-checking">
        {isChecking && t.checking}
      </p>
      {halfway ? (
        <CodeStep isPending={enter.isPending} isLocked={wait > 0} onCode={(code) => enter.mutate({ ...halfway, code })} onBack={back} />
      ) : (
        <>
          <Form<Entry> layout="vertical" requiredMark={false} onFinish={(entry) => enter.mutate(entry)} disabled={enter.isPending}>
            <Form.Item name="login" label={t.login} rules={required}>
              <Input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} size="large" />
            </Form.Item>
            <Form.Item name="password" label={t.password} rules={required}>
              <Input.Password autoComplete="current-password" size="large" />
            </Form.Item>
            <Button type="primary" htmlType="submit" size="large" block loading={enter.isPending} disabled={wait > 0}>
              {t.enter}
            </Button>
          </Form>
          {people.data && people.data.length > 0 && <DemoPeople people={people.data} entered={entered} />}
        </>
      )}
    </Door>
  );
}
