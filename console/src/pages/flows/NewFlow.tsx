import { Form, Input, Radio, Select } from "antd";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useLanguage, useWords } from "../../words";
import { useQueues, useSave } from "../settings/data";
import { template, type Template } from "./templates";
import { words } from "./words";

interface Wish {
  name: string;
  kind: Template;
  language: string;
  greeting: string;
  queue?: string;
}

/** A flow to begin with. */
export function NewFlow({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const { language } = useLanguage();
  const { data: queues } = useQueues();
  const [form] = Form.useForm<Wish>();
  const kind = Form.useWatch("kind", form) ?? "queue";
  const save = useSave(
    (account, { kind: wanted, ...gaps }: Wish) =>
      done(api.POST("/api/v1/accounts/{account_id}/flows", { params: { path: account }, body: { name: gaps.name, document: template(wanted, gaps) } })),
    ["flows"],
  );
  const needed = [{ required: true, whitespace: true, message: t.required }];
  return (
    <Sheet title={t.add} confirm={t.create} isSaving={save.isPending} problem={save.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish>
        form={form}
        layout="vertical"
       
        initialValues={{ kind: "queue", language: language === "zh" ? "zh-CN" : "en", greeting: t.greetingDefault }}
        onFinish={(wish) =>
          save.mutate(wish, {
            onSuccess: ({ version }) => {
              told.good(t.published(version));
              onClose();
            },
          })
        }
      >
        <Form.Item name="name" label={t.name} rules={needed}>
          <Input autoFocus maxLength={100} />
        </Form.Item>
        <Form.Item name="kind" label={t.template}>
          <Radio.Group
            options={[
              { value: "queue", label: t.empty },
              { value: "voicemail", label: t.voicemail },
              { value: "echo", label: t.echo },
            ]}
          />
        </Form.Item>
        {kind !== "echo" && (
          <Form.Item name="queue" label={t.queue} rules={kind === "queue" ? [{ required: true, message: t.needsQueue }] : []}>
            <Select allowClear={kind !== "queue"} options={(queues ?? []).map((queue) => ({ value: queue.id, label: queue.name }))} />
          </Form.Item>
        )}
        <Form.Item name="greeting" label={t.greeting} rules={needed}>
          <Input.TextArea autoSize={{ minRows: 2 }} maxLength={2_000} />
        </Form.Item>
        <Form.Item name="language" label={t.language}>
          <Radio.Group
            options={[
              { value: "en", label: "English" },
              { value: "zh-CN", label: "中文" },
            ]}
          />
        </Form.Item>
      </Form>
    </Sheet>
  );
}
