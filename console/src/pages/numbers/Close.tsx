import { DatePicker, Form, Input, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { api, done } from "../../api";
import { Trouble, useTold } from "../../parts";
import { Modal } from "../../parts/Modal";
import { useWords } from "../../words";
import { useQueues, useSave, type Inbox } from "../settings/data";
import { words } from "./words";

interface Wish {
  until: Dayjs;
  prompt: string;
  action: string;
}

/** The switch for the day on which the office burns. */
export function Close({ inbox, onClose }: { inbox: Inbox; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const { data: queues } = useQueues();
  const [form] = Form.useForm<Wish>();
  const close = useSave(
    (account, { until, prompt, action }: Wish) =>
      done(
        api.PUT("/api/v1/accounts/{account_id}/inboxes/{id}/closure", {
          params: { path: { ...account, id: inbox.id } },
          body: { until: until.valueOf(), prompt, action },
        }),
      ),
    ["inboxes"],
  );
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  return (
    <Modal
      title={t.closeTitle(inbox.name)}
      okText={t.close}
      okButtonProps={{ danger: true, loading: close.isPending }}
      onOk={() => form.submit()}
      onCancel={onClose}
    >
      <p style={{ marginBottom: 12 }}>{t.closeHelp}</p>
      {close.isError && <Trouble problem={close.error} />}
      <Form<Wish>
        form={form}
        layout="vertical"
        initialValues={{ until: dayjs().add(2, "hour").startOf("hour"), prompt: t.saysDefault, action: "hangup" }}
        onFinish={(wish) => close.mutate(wish, { onSuccess: good })}
      >
        <Form.Item
          name="until"
          label={t.until}
          rules={[
            { required: true, message: t.future },
            { validator: (_, until: Dayjs | null) => (until && until.isBefore(dayjs()) ? Promise.reject(new Error(t.future)) : Promise.resolve()) },
          ]}
        >
          <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" style={{ width: "100%" }} />
        </Form.Item>
        <Form.Item name="prompt" label={t.says} rules={[{ required: true, whitespace: true }]}>
          <Input.TextArea maxLength={2_000} autoSize={{ minRows: 2 }} />
        </Form.Item>
        <Form.Item name="action" label={t.then}>
          <Select
            options={[
              { value: "hangup", label: t.hangup },
              { value: "voicemail", label: t.voicemail },
              ...(queues ?? []).map((queue) => ({ value: `queue:${queue.name}`, label: t.queue(queue.name) })),
            ]}
          />
        </Form.Item>
      </Form>
    </Modal>
  );
}
