import { Form, Input } from "antd";
import { Modal } from "../../parts/Modal";
import { useWords } from "../../words";
import { isId } from "./list";
import { words } from "./words";

interface Props {
  taken: readonly string[];
  onMade: (id: string) => void;
  onClose: () => void;
}

/** A prompt of one's own has a name that flows call it by; it is there once it has a sound. */
export function NewPrompt({ taken, onMade, onClose }: Props) {
  const t = useWords(words);
  const [form] = Form.useForm<{ id: string }>();
  const check = (_: unknown, id: string | undefined) => {
    if (!isId(id?.trim() ?? "")) return Promise.reject(new Error(t.idWrong));
    return taken.includes(id?.trim() ?? "") ? Promise.reject(new Error(t.idTaken)) : Promise.resolve();
  };
  return (
    <Modal title={t.add} okText={t.goOn} onOk={form.submit} onCancel={onClose}>
      <Form<{ id: string }> form={form} layout="vertical" requiredMark={false} onFinish={({ id }) => onMade(id.trim())}>
        <Form.Item name="id" label={t.id} extra={t.idHelp} rules={[{ validator: check }]}>
          <Input autoFocus autoCapitalize="none" spellCheck={false} maxLength={64} placeholder="sales.spring" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
