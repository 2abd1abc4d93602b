import { Form, Input } from "antd";
import { api, done } from "../../api";
import { Trouble, useTold } from "../../parts";
import { Modal } from "../../parts/Modal";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { words } from "./words";

/** As the server takes it (agent-gateway/src/routes/go_live.rs). */
const REASON = { min: 10, max: 500 };

/** The last question before callers come. While something is red it goes by somebody's word, which is kept. */
export function GoLive({ red, onClose }: { red: string[]; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const [form] = Form.useForm<{ reason?: string }>();
  const go = useSave(
    (path, reason: string | undefined) => done(api.PUT("/api/v1/accounts/{account_id}/go_live", { params: { path }, body: { live: true, ...(reason && { reason }) } })),
    ["go_live"],
  );
  const finished = () => {
    told.good(t.went);
    onClose();
  };
  return (
    <Modal
      title={t.goLive}
      okText={red.length > 0 ? t.allTheSame : t.goLive}
      okButtonProps={{ danger: red.length > 0, loading: go.isPending }}
      onOk={form.submit}
      onCancel={onClose}
    >
      {go.isError && <Trouble problem={go.error} />}
      <Form<{ reason?: string }> form={form} layout="vertical" onFinish={({ reason }) => go.mutate(reason?.trim(), { onSuccess: finished })}>
        {red.length === 0 ? (
          <p>{t.goHelp}</p>
        ) : (
          <>
            <p>{t.stillRed}</p>
            <ul>
              {red.map((name) => (
                <li key={name}>{name}</li>
              ))}
            </ul>
            <Form.Item name="reason" label={t.reason} extra={t.reasonHelp} rules={[{ required: true, whitespace: true, ...REASON, message: t.reasonShort(REASON.min) }]}>
              <Input.TextArea autoFocus maxLength={REASON.max} autoSize={{ minRows: 2 }} />
            </Form.Item>
          </>
        )}
      </Form>
    </Modal>
  );
}
