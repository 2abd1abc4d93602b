import { Checkbox, Form, Input } from "antd";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import type { Filtered } from "./data";
import { words } from "./words";

interface Props {
  text: Filtered;
  isSaving: boolean;
  problem: unknown;
  /** `block`: why who wrote it is kept out. */
  onRefuse: (block: string | null) => void;
  onClose: () => void;
}

/** A message is not delivered; who wrote it may be kept out in the same step. */
export function Refuse({ text, isSaving, problem, onRefuse, onClose }: Props) {
  const t = useWords(words);
  const [form] = Form.useForm<{ out?: boolean; reason?: string }>();
  const isOut = Form.useWatch("out", form) === true;
  return (
    <Sheet title={t.refuseTitle} confirm={t.refuse} isSaving={isSaving} problem={problem} onSave={form.submit} onClose={onClose}>
      <blockquote className="filtered-text">{text.text}</blockquote>
      <p className="soft">{t.refuseHelp}</p>
      <Form form={form} layout="vertical" onFinish={({ out, reason }) => onRefuse(out ? (reason?.trim() ?? "") : null)}>
        <Form.Item name="out" valuePropName="checked">
          <Checkbox>{t.block}</Checkbox>
        </Form.Item>
        {isOut && (
          <Form.Item name="reason" label={t.reason} extra={t.reasonHelp} rules={[{ required: true, whitespace: true, min: 3, message: t.required }]}>
            <Input maxLength={500} />
          </Form.Item>
        )}
      </Form>
    </Sheet>
  );
}
