import { Form, Input } from "antd";
import { Modal } from "../../../parts/Modal";
import { useWords } from "../../../words";
import { words } from "../words";

interface Props {
  title: string;
  help: string;
  confirm: string;
  isDanger: boolean;
  isPending: boolean;
  onReason: (reason: string) => void;
  onCancel: () => void;
}

/** What is grave wants a sentence for the audit. */
export function Because({ title, help, confirm, isDanger, isPending, onReason, onCancel }: Props) {
  const t = useWords(words);
  const [form] = Form.useForm<{ reason: string }>();
  return (
    <Modal
      title={title}
      okText={confirm}
      okButtonProps={{ danger: isDanger, loading: isPending }}
      cancelText={t.cancel}
      onOk={() => form.submit()}
      onCancel={onCancel}
    >
      <p style={{ marginBottom: 12 }}>{help}</p>
      <Form form={form} layout="vertical" onFinish={({ reason }) => onReason(reason.trim())}>
        <Form.Item name="reason" label={t.reason} rules={[{ required: true, whitespace: true, message: t.reasonNeeded }]}>
          <Input.TextArea autoFocus maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
