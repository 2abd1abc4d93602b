import { Form, Input, Select } from "antd";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { SureButton } from "../../parts/SureButton";
import { useWords } from "../../words";
import { useFlows, useSave, type Inbox } from "../settings/data";
import { RecordingRule, type RecordingWish } from "../settings/RecordingRule";
import { words } from "./words";

interface Wish {
  name: string;
  numbers: string[];
  flow?: string;
  recording: RecordingWish;
}

/** A number, or several that are answered alike. */
export function EditInbox({ inbox, onClose }: { inbox: Inbox | null; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const { data: flows } = useFlows();
  const [form] = Form.useForm<Wish>();
  const rule = { start: inbox?.recording?.start ?? "", policy: inbox?.recording?.policy ?? "best_effort" };
  const save = useSave(
    async (account, { recording, ...body }: Wish) => {
      const made = inbox
        ? await done(
            api.PUT("/api/v1/accounts/{account_id}/inboxes/{id}", {
              params: { path: { ...account, id: inbox.id } },
              body: { ...body, ...(!inbox.active && { active: true }), replaces: inbox.version },
            }),
          )
        : await done(api.POST("/api/v1/accounts/{account_id}/inboxes", { params: { path: account }, body }));
      const params = { path: { ...account, id: made.id } };
      const { start = "", policy = "best_effort" } = recording;
      if (start === rule.start && policy === rule.policy) return;
      if (start) await done(api.PUT("/api/v1/accounts/{account_id}/inboxes/{id}/recording", { params, body: { start, policy } }));
      else await done(api.DELETE("/api/v1/accounts/{account_id}/inboxes/{id}/recording", { params }));
    },
    ["inboxes"],
    ["numbers"],
  );
  const out = useSave((account, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/inboxes/{id}", { params: { path: { ...account, id } } })), ["inboxes"], ["numbers"]);
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  const needed = [{ required: true, message: t.required }];
  return (
    <Sheet
      title={inbox ? t.edit(inbox.name) : t.add}
      object={inbox ? `inbox:${inbox.id}` : undefined}
      confirm={inbox ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? out.error}
      aside={
        inbox?.active && (
          <SureButton help={t.outHelp} loading={out.isPending} onSure={() => out.mutate(inbox.id, { onSuccess: good })}>
            {t.out}
          </SureButton>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form<Wish>
        form={form}
        layout="vertical"
        initialValues={{ name: inbox?.name, numbers: inbox?.numbers ?? [], flow: inbox?.flow ?? undefined, recording: rule }}
        onFinish={(wish) => save.mutate(wish, { onSuccess: good })}
      >
        <Form.Item name="name" label={t.name} rules={needed}>
          <Input autoFocus={!inbox} maxLength={80} />
        </Form.Item>
        <Form.Item name="numbers" label={t.numbers} extra={t.numbersHelp} rules={needed}>
          <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " ", "，"]} />
        </Form.Item>
        <Form.Item name="flow" label={t.flow} extra={t.flowHelp} rules={needed}>
          <Select showSearch={{ optionFilterProp: "label" }} options={(flows ?? []).map((flow) => ({ value: flow.id, label: flow.name }))} />
        </Form.Item>
        <RecordingRule of="number" />
      </Form>
    </Sheet>
  );
}
