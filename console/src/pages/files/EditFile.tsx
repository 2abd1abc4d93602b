import { Button, Form, Input, Select, Switch } from "antd";
import { useRef } from "react";
import { useQueues } from "../../agent/hooks";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { useUpload, type SharedFile } from "./data";
import { words } from "./words";

interface Wish {
  title: string;
  tags: string[];
  queues: string[];
  sent: boolean;
}

/** One shared file: how it is found, who sees it, what it contains from now on. */
export function EditFile({ file, onClose }: { file: SharedFile; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const queues = useQueues();
  const { account_id } = useAccount();
  const renew = useUpload();
  const chooser = useRef<HTMLInputElement>(null);
  const [form] = Form.useForm<Wish>();
  const save = useSave(
    async (at, { sent, ...wish }: Wish) => {
      await done(api.PUT("/api/v1/accounts/{account_id}/shared_files/{id}", { params: { path: { ...at, id: file.id } }, body: { ...wish, withdrawn: !sent } }));
    },
    ["shared_files"],
  );
  const saved = () => {
    told.good(t.saved);
    onClose();
  };
  const before: Wish = { title: file.title, tags: file.tags, queues: file.queues, sent: !file.withdrawn };
  return (
    <Sheet title={t.edit(file.title)} isSaving={save.isPending} problem={save.error ?? renew.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" initialValues={before} onFinish={(wish) => save.mutate(wish, { onSuccess: saved })}>
        <Form.Item name="title" label={t.name} rules={[{ required: true, whitespace: true, message: t.needed }]}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="tags" label={t.tags} extra={t.tagsHelp}>
          <Select mode="tags" maxCount={12} open={false} suffixIcon={null} />
        </Form.Item>
        <Form.Item name="queues" label={t.queues} extra={t.queuesHelp}>
          <Select mode="multiple" allowClear placeholder={t.everybody} options={(queues.data ?? []).map((one) => ({ value: one.id, label: one.name }))} />
        </Form.Item>
        <Form.Item name="sent" label={t.sent} valuePropName="checked" extra={t.withdrawnHelp}>
          <Switch />
        </Form.Item>
      </Form>
      <p className="soft">{t.renewHelp}</p>
      <input
        ref={chooser}
        type="file"
        hidden
        aria-label={t.renew}
        onChange={(event) => {
          const content = event.target.files?.[0];
          event.target.value = "";
          if (content) renew.mutate({ file: content, of: file.id }, { onSuccess: (kept) => told.good(t.renewed(kept.version)) });
        }}
      />
      <Button loading={renew.isPending} onClick={() => chooser.current?.click()}>
        {t.renew}
      </Button>{" "}
      <Button type="link" href={`/api/v1/accounts/${account_id}/shared_files/${file.id}/content`} target="_blank" rel="noopener noreferrer">
        {t.look}
      </Button>
    </Sheet>
  );
}
