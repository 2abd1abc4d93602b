import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useWords } from "../../words";
import { words } from "./words";

interface Props {
  isPending: boolean;
  isLocked: boolean;
  onCode: (code: string) => void;
  onBack: () => void;
}

/** The second step: a code of the telephone, or, where that is lost, a recovery code. */
export function CodeStep({ isPending, isLocked, onCode, onBack }: Props) {
  const t = useWords(words);
  const [isRecovery, setRecovery] = useState(false);
  return (
    <Form<{ code: string }> key={String(isRecovery)} layout="vertical" requiredMark={false} onFinish={({ code }) => onCode(code.trim())} disabled={isPending}>
      <h2 className="door-step">{t.codeTitle}</h2>
      <Form.Item
        name="code"
        label={isRecovery ? t.recoveryCode : t.code}
        extra={isRecovery ? t.recoveryHelp : t.codeHelp}
        rules={[{ required: true, whitespace: true, message: t.missing }]}
      >
        <Input autoFocus autoComplete="one-time-code" inputMode={isRecovery ? "text" : "numeric"} autoCapitalize="none" spellCheck={false} maxLength={40} size="large" />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={isPending} disabled={isLocked}>
        {t.enter}
      </Button>
      <div className="door-others">
        <Button type="link" onClick={() => setRecovery(!isRecovery)}>
          {isRecovery ? t.useCode : t.useRecovery}
        </Button>
        <Button type="link" onClick={onBack}>
          {t.back}
        </Button>
      </div>
    </Form>
  );
}
