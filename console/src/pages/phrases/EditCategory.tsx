import { Button, Checkbox, Form, Input, Select } from "antd";
import { useQueues } from "../../agent/hooks";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { inTree, type Category } from "./data";
import { words } from "./words";

interface Wish {
  name: string;
  parent?: string | null;
  queues?: string[];
  open?: boolean;
}

/** A shelf of phrases: what it is called, where it stands, who sees it and who writes in it. */
export function EditCategory({ category, all, onClose }: { category: Category | null; all: readonly Category[]; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const queues = useQueues();
  const [form] = Form.useForm<Wish>();
  const ends = (said: string) => () => {
    told.good(said);
    onClose();
  };
  const save = useSave(
    async (at, wish: Wish) => {
      const last = Math.max(0, ...all.map((one) => one.place + 1));
      const body = { name: wish.name, parent: wish.parent ?? null, place: category?.place ?? last, queues: wish.queues ?? [], open: wish.open ?? false };
      if (category) await done(api.PUT("/api/v1/accounts/{account_id}/phrase_categories/{id}", { params: { path: { ...at, id: category.id } }, body }));
      else await done(api.POST("/api/v1/accounts/{account_id}/phrase_categories", { params: { path: at }, body }));
    },
    ["quick_phrases"],
  );
  const remove = useSave(
    async (at, id: string) => {
      await done(api.DELETE("/api/v1/accounts/{account_id}/phrase_categories/{id}", { params: { path: { ...at, id } } }));
    },
    ["quick_phrases"],
  );
  const before: Wish = category ?? { name: "", queues: [], open: false };
  const others = inTree(all).filter(({ one }) => one.id !== category?.id);
  return (
    <Sheet
      title={category ? t.editCategory(category.name) : t.addCategory}
      object={category ? `phrase_category:${category.id}` : undefined}
      confirm={category ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? remove.error}
      aside={
        category && (
          <Button danger loading={remove.isPending} onClick={() => remove.mutate(category.id, { onSuccess: ends(t.removed) })}>
            {t.remove}
          </Button>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form<Wish> form={form} layout="vertical" initialValues={before} onFinish={(wish) => save.mutate(wish, { onSuccess: ends(t.saved) })}>
        <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: t.needed }]}>
          <Input autoFocus={!category} maxLength={64} />
        </Form.Item>
        <Form.Item name="parent" label={t.parent}>
          <Select allowClear placeholder={t.top} options={others.map(({ one, depth }) => ({ value: one.id, label: `${"– ".repeat(depth)}${one.name}` }))} />
        </Form.Item>
        <Form.Item name="queues" label={t.queues} extra={t.queuesHelp}>
          <Select mode="multiple" optionFilterProp="label" options={(queues.data ?? []).map((one) => ({ value: one.id, label: one.name }))} />
        </Form.Item>
        <Form.Item name="open" valuePropName="checked">
          <Checkbox>{t.open}</Checkbox>
        </Form.Item>
      </Form>
    </Sheet>
  );
}
