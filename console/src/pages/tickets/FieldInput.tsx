import { Form, Input, Select } from "antd";
import { useWords } from "../../words";
import type { TicketType } from "./data";
import { words } from "./words";

/** What a type of tickets asks for. The server checks what is written. */
export function FieldInput({ field }: { field: TicketType["fields"][number] }) {
  const t = useWords(words);
  const rules = [{ required: field.required, whitespace: true, message: t.needed }];
  return (
    <Form.Item name={["fields", field.name]} label={field.name} rules={rules}>
      {field.kind === "choice" ? (
        <Select allowClear={!field.required} options={(field.choices ?? []).map((value) => ({ value, label: value }))} />
      ) : (
        <Input maxLength={1000} type={field.kind === "date" ? "date" : "text"} inputMode={field.kind === "number" ? "decimal" : undefined} />
      )}
    </Form.Item>
  );
}
