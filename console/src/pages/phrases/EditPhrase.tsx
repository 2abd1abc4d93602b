import { Button, Form, Input, Select } from "antd";
import { useQueues } from "../../agent/hooks";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { inTree, type Category, type Phrase } from "./data";
import { words } from "./words";

interface Wish {
  code: string;
  title: string;
  whose: string;
  queue?: string | null;
  category?: string | null;
  texts: Record<string, string | undefined>;
}

/** One phrase: how it is found, for whom it is, what it says in each language. */
export function EditPhrase({ phrase, categories, onClose }: { phrase: Phrase | null; categories: readonly Category[]; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const { may } = useSession();
  const queues = useQueues();
  const [form] = Form.useForm<Wish>();
  const whose = Form.useWatch("whose", form);
  const ends = (said: string) => () => {
    told.good(said);
    onClose();
  };
  const save = useSave(
    async (at, wish: Wish) => {
      const texts = Object.fromEntries(Object.entries(wish.texts).filter((one): one is [string, string] => Boolean(one[1]?.trim())));
      const to = { code: wish.code, title: wish.title, whose: wish.whose, queue: wish.whose === "queue" ? (wish.queue ?? null) : null, category: wish.category ?? null, texts };
      if (phrase) await done(api.PUT("/api/v1/accounts/{account_id}/quick_phrases/{id}", { params: { path: { ...at, id: phrase.id } }, body: { replaces: phrase.version, to } }));
      else await done(api.POST("/api/v1/accounts/{account_id}/quick_phrases", { params: { path: at }, body: to }));
    },
    ["quick_phrases"],
  );
  const remove = useSave(
    async (at, id: string) => {
      await done(api.DELETE("/api/v1/accounts/{account_id}/quick_phrases/{id}", { params: { path: { ...at, id } } }));
    },
    ["quick_phrases"],
  );
  // What is not Chinese is kept beside it, whatever it is.
  const languages = [...new Set(["en", "zh-CN", ...Object.keys(phrase?.texts ?? {})])];
  const named: Record<string, string> = { en: t.english, "zh-CN": t.chinese };
  const needed = [{ required: true, whitespace: true, message: t.needed }];
  const shared = may("settings.manage") || categories.some((one) => one.open);
  const before: Wish = phrase ? { ...phrase, texts: { ...phrase.texts } } : { code: "", title: "", whose: "me", texts: {} };
  return (
    <Sheet
      title={phrase ? t.edit(phrase.code) : t.add}
      // Somebody's own has none; and only who manages settings sees what they were.
      object={phrase && phrase.whose !== "me" && may("settings.manage") ? `quick_phrase:${phrase.id}` : undefined}
      confirm={phrase ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? remove.error}
      aside={
        phrase && (
          <Button danger loading={remove.isPending} onClick={() => remove.mutate(phrase.id, { onSuccess: ends(t.removed) })}>
            {t.remove}
          </Button>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form<Wish> form={form} layout="vertical" initialValues={before} onFinish={(wish) => save.mutate(wish, { onSuccess: ends(t.saved) })}>
        <Form.Item name="code" label={t.code} extra={t.codeHelp} rules={needed}>
          <Input autoFocus={!phrase} maxLength={32} prefix="/" />
        </Form.Item>
        <Form.Item name="title" label={t.name} rules={needed}>
          <Input maxLength={80} />
        </Form.Item>
        <Form.Item name="whose" label={t.whose}>
          <Select options={(["me", "queue", "everybody"] as const).map((value) => ({ value, label: t[value], disabled: value !== "me" && !shared }))} />
        </Form.Item>
        {whose === "queue" && (
          <Form.Item name="queue" label={t.whichQueue} rules={[{ required: true, message: t.needed }]}>
            <Select options={(queues.data ?? []).map((one) => ({ value: one.id, label: one.name }))} />
          </Form.Item>
        )}
        <Form.Item name="category" label={t.category}>
          <Select allowClear placeholder={t.noCategory} options={inTree(categories).map(({ one, depth }) => ({ value: one.id, label: `${"– ".repeat(depth)}${one.name}` }))} />
        </Form.Item>
        <p className="soft">{t.gaps}</p>
        {languages.map((language, n) => (
          <Form.Item
            key={language}
            name={["texts", language]}
            label={named[language] ?? language}
            rules={n === 0 ? [({ getFieldsValue }) => ({ validator: () => (Object.values((getFieldsValue() as Wish).texts).some((text) => text?.trim()) ? Promise.resolve() : Promise.reject(new Error(t.oneText))) })] : undefined}
          >
            <Input.TextArea maxLength={4000} autoSize={{ minRows: 2, maxRows: 8 }} />
          </Form.Item>
        ))}
      </Form>
    </Sheet>
  );
}
