import { Form, Input } from "antd";
import { useWords } from "../../words";
import { words } from "./words";

/** A code of the authenticator; `orRecovery`: or one of those for when that is lost. */
export function CodeField({ orRecovery = false }: { orRecovery?: boolean }) {
  const t = useWords(words);
  return (
    <Form.Item name="code" label={t.code} extra={orRecovery ? t.codeOrRecovery : t.codeHelp} rules={[{ required: true, whitespace: true, message: t.missing }]}>
      <Input autoFocus={orRecovery} autoComplete="one-time-code" autoCapitalize="none" inputMode={orRecovery ? "text" : "numeric"} maxLength={orRecovery ? 40 : 12} />
    </Form.Item>
  );
}
