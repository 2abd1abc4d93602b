import { Form, Input } from "antd";
import { Modal } from "./Modal";

interface Props {
  title: string;
  help?: string;
  /** Of the line it is written on. */
  label: string;
  confirm: string;
  cancel: string;
  /** What is said where nothing is written. */
  needed: string;
  isDanger?: boolean;
  isPending: boolean;
  onText: (text: string) => void;
  onCancel: () => void;
}

/** A sentence from somebody: what is grave wants one for the audit. */
export function Ask({ title, help, label, confirm, cancel, needed, isDanger = false, isPending, onText, onCancel }: Props) {
  const [form] = Form.useForm<{ text: string }>();
  return (
    <Modal title={title} okText={confirm} okButtonProps={{ danger: isDanger, loading: isPending }} cancelText={cancel} onOk={() => form.submit()} onCancel={onCancel}>
      {help && <p style={{ marginBottom: 12 }}>{help}</p>}
      <Form form={form} layout="vertical" onFinish={({ text }) => onText(text.trim())}>
        <Form.Item name="text" label={label} rules={[{ required: true, whitespace: true, message: needed }]}>
          <Input.TextArea autoFocus maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
