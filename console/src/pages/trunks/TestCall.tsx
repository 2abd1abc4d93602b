import { Alert, Form, Input } from "antd";
import { api, done, type Shown } from "../../api";
import { Trouble } from "../../parts";
import { Modal } from "../../parts/Modal";
import { useWords } from "../../words";
import { useSave, type Trunk } from "../settings/data";
import { words } from "./words";

/** The check before somebody relies on a line. */
export function TestCall({ trunk, onClose }: { trunk: Trunk; onClose: () => void }) {
  const t = useWords(words);
  const [form] = Form.useForm<{ number: string; caller?: string }>();
  const test = useSave((account, wish: { number: string; caller?: string }) =>
    done(
      api.POST("/api/v1/accounts/{account_id}/trunks/{name}/test", {
        params: { path: { ...account, name: trunk.name } },
        body: { number: wish.number.trim(), ...(wish.caller && { caller: wish.caller.trim() }) },
      }),
    ),
  );
  return (
    <Modal title={t.testTitle(trunk.name)} okText={t.call} okButtonProps={{ loading: test.isPending }} onOk={() => form.submit()} onCancel={onClose}>
      <p style={{ marginBottom: 12 }}>{t.testHelp}</p>
      <Form form={form} layout="vertical" onFinish={(wish) => test.mutate(wish)}>
        <Form.Item name="number" label={t.number} rules={[{ required: true, whitespace: true, message: t.needed }]}>
          <Input autoFocus inputMode="tel" />
        </Form.Item>
        <Form.Item name="caller" label={t.caller} extra={t.callerHelp}>
          <Input inputMode="tel" />
        </Form.Item>
      </Form>
      {test.isError && <Trouble problem={test.error} />}
      {test.isSuccess && <Outcome told={test.data} />}
    </Modal>
  );
}

function Outcome({ told }: { told: Shown["TestReply"] }) {
  const t = useWords(words);
  if (told.outcome !== "answered") return <Alert type="error" showIcon title={t.outcomeOf(told.outcome, told.status ?? null)} />;
  const facts = [
    told.rang_after_ms && t.rang(told.rang_after_ms),
    told.answered_after_ms && t.took(told.answered_after_ms),
    told.codec,
    t.packets(told.received_packets, told.lost_packets),
    told.mos && t.mos(told.mos),
  ].filter(Boolean);
  return <Alert type={told.sound ? "success" : "warning"} showIcon title={`${t.answered}. ${told.sound ? t.soundYes : t.soundNo}`} description={facts.join(" · ")} />;
}
