import { Form, Input, Select } from "antd";
import { useWords } from "../../words";
import { words } from "./words";

/** How somebody is reached, and in which language they work. Languages are named in themselves, so that one finds back. */
export function Reach() {
  const t = useWords(words);
  const languages = [
    { value: "", label: t.asBrowser },
    { value: "en", label: "English" },
    { value: "zh-CN", label: "中文" },
  ];
  return (
    <>
      <Form.Item name="email" label={t.email} rules={[{ type: "email", message: t.emailOdd }]}>
        <Input type="email" maxLength={254} autoComplete="off" />
      </Form.Item>
      <Form.Item name="language" label={t.language} extra={t.languageHelp}>
        <Select options={languages} />
      </Form.Item>
    </>
  );
}
