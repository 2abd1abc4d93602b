import { Button, Descriptions, Typography } from "antd";
import { Modal } from "../../parts/Modal";
import { useWords } from "../../words";
import { words } from "./words";

export interface Phone {
  extension: string;
  password: string;
}

/** What a telephone is set up with: shown once, because nobody can read it again. */
export function PhoneNote({ phone, onClose }: { phone: Phone; onClose: () => void }) {
  const t = useWords(words);
  const copied = (text: string) => <Typography.Text copyable code>{text}</Typography.Text>;
  return (
    <Modal
      title={t.phoneTitle}
      onCancel={onClose}
      footer={
        <Button type="primary" onClick={onClose}>
          {t.understood}
        </Button>
      }
    >
      <p style={{ marginBottom: 12 }}>{t.phoneHelp}</p>
      <Descriptions
        bordered
        size="small"
        column={1}
        items={[
          { key: "server", label: t.server, children: copied(window.location.hostname) },
          { key: "extension", label: t.extension, children: copied(phone.extension) },
          { key: "password", label: t.phonePassword, children: copied(phone.password) },
        ]}
      />
    </Modal>
  );
}
