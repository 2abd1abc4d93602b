import { Form, Input } from "antd";
import { Modal } from "../../parts/Modal";

interface Props {
  title: string;
  label: string;
  confirm: string;
  cancel: string;
  needed: string;
  isPending: boolean;
  onText: (text: string) => void;
  onCancel: () => void;
}

/** A sentence from somebody. */
export function Ask({ title, label, confirm, cancel, needed, isPending, onText, onCancel }: Props) {
  const [form] = Form.useForm<{ text: string }>();
  return (
    <Modal title={title} okText={confirm} okButtonProps={{ loading: isPending }} cancelText={cancel} onOk={() => form.submit()} onCancel={onCancel}>
      <Form form={form} layout="vertical" onFinish={({ text }) => onText(text.trim())}>
        <Form.Item name="text" label={label} rules={[{ required: true, whitespace: true, message: needed }]}>
          <Input.TextArea autoFocus maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
