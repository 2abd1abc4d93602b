import { Button, Form, Input, InputNumber, Select, Switch } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useQueues, useSave } from "../settings/data";
import type { Rule } from "./data";
import { useRuleName } from "./firstRules";
import { words } from "./words";

const METRICS = [
  "waiting",
  "longest_wait",
  "service_level",
  "ready",
  "all_on_break",
  "wrap_up",
  "no_answers",
  "trunk_down",
  "recording_failed",
  "disk_days",
  "callbacks_overdue",
  "low_ratings",
  "texts_in_hand",
] as const;

type Wish = Shown["NewAlertRule"];

export function EditRule({ rule, onClose }: { rule: Rule | null; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const nameOf = useRuleName();
  const { data: queues } = useQueues();
  const [form] = Form.useForm<Wish>();
  const save = useSave(async (account, wish: Wish) => {
    // A name that nobody changed stays what it is for readers of other languages.
    const name = rule && wish.name === nameOf(rule.name) ? rule.name : wish.name;
    const body = { ...wish, name, queue: wish.queue ?? null };
    if (rule) await done(api.PUT("/api/v1/accounts/{account_id}/alert_rules/{id}", { params: { path: { ...account, id: rule.id } }, body }));
    else await done(api.POST("/api/v1/accounts/{account_id}/alert_rules", { params: { path: account }, body }));
  }, ["alert_rules"]);
  const remove = useSave((account, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/alert_rules/{id}", { params: { path: { ...account, id } } })), ["alert_rules"]);
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  const needed = [{ required: true, message: t.needed }];
  const fresh: Wish = { name: "", metric: "longest_wait", threshold: 120, for: 0, cool_down: 300, enabled: true };
  return (
    <Sheet
      title={rule ? t.edit(nameOf(rule.name)) : t.add}
      object={rule ? `alert_rule:${rule.id}` : undefined}
      confirm={rule ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? remove.error}
      aside={
        rule && (
          <Button danger loading={remove.isPending} onClick={() => remove.mutate(rule.id, { onSuccess: good })}>
            {t.remove}
          </Button>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form<Wish> form={form} layout="vertical" initialValues={rule ? { ...rule, name: nameOf(rule.name) } : fresh} onFinish={(wish) => save.mutate(wish, { onSuccess: good })}>
        <Form.Item name="name" label={t.name} rules={needed}>
          <Input autoFocus={!rule} maxLength={64} />
        </Form.Item>
        <Form.Item name="metric" label={t.metric}>
          <Select options={METRICS.map((value) => ({ value, label: t[value] }))} />
        </Form.Item>
        <Form.Item name="threshold" label={t.threshold} rules={needed}>
          <InputNumber min={0} style={{ width: 140 }} />
        </Form.Item>
        <Form.Item name="for" label={t.for}>
          <InputNumber min={0} max={86_400} precision={0} style={{ width: 140 }} />
        </Form.Item>
        <Form.Item name="queue" label={t.queue}>
          <Select allowClear placeholder={t.everywhere} options={(queues ?? []).map((queue) => ({ value: queue.id, label: queue.name }))} />
        </Form.Item>
        <Form.Item name="cool_down" label={t.coolDown} extra={t.coolDownHelp}>
          <InputNumber min={0} max={86_400} precision={0} style={{ width: 140 }} />
        </Form.Item>
        <Form.Item name="enabled" label={t.enabled} valuePropName="checked">
          <Switch />
        </Form.Item>
      </Form>
    </Sheet>
  );
}
