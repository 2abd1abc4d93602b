import { Button, Typography } from "antd";
import { Modal } from "./Modal";

interface Props {
  title: string;
  help: string;
  /** What nobody can read again. */
  secret: string;
  understood: string;
  onClose: () => void;
}

/** A secret that is shown once: it goes when somebody says that they have it, and not by a slip of the hand. */
export function ShownOnce({ title, help, secret, understood, onClose }: Props) {
  return (
    <Modal
      title={title}
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      footer={
        <Button type="primary" onClick={onClose}>
          {understood}
        </Button>
      }
    >
      <p>{help}</p>
      <Typography.Paragraph copyable={{ text: secret }} code style={{ overflowWrap: "anywhere" }}>
        {secret}
      </Typography.Paragraph>
    </Modal>
  );
}
