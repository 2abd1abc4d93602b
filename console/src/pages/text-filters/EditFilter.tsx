import { Form, Input, InputNumber, Radio, Select, Switch } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { SureButton } from "../../parts/SureButton";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { ACCOUNT, wordsOf, type Filter } from "./data";
import { words } from "./words";

interface Wish {
  name: string;
  words?: string;
  patterns?: string[];
  longer_than?: number | null;
  links?: number | null;
  in_a_minute?: number | null;
  action: string;
  reply_en?: string;
  reply_zh?: string;
  active: boolean;
}

/** What a filter looks for, and what it does with what it finds. */
export function EditFilter({ filter, onClose }: { filter: Filter | null; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const [form] = Form.useForm<Wish>();
  const action = Form.useWatch("action", form) ?? filter?.action ?? "hold";
  const body = (wish: Wish): Shown["TextFilterWish"] => ({
    name: wish.name.trim(),
    words: wordsOf(wish.words),
    patterns: wish.patterns ?? [],
    longer_than: wish.longer_than ?? null,
    links: wish.links ?? null,
    in_a_minute: wish.in_a_minute ?? null,
    action: wish.action,
    reply: { ...(wish.reply_en?.trim() && { en: wish.reply_en.trim() }), ...(wish.reply_zh?.trim() && { zh: wish.reply_zh.trim() }) },
    active: wish.active,
    replaces: filter?.version ?? null,
  });
  const save = useSave(async (path, wish: Wish) => {
    if (filter) await done(api.PUT(`${ACCOUNT}/text_filters/{id}`, { params: { path: { ...path, id: filter.id } }, body: body(wish) }));
    else await done(api.POST(`${ACCOUNT}/text_filters`, { params: { path }, body: body(wish) }));
  }, ["text_filters"]);
  const remove = useSave((path, id: string) => done(api.DELETE(`${ACCOUNT}/text_filters/{id}`, { params: { path: { ...path, id } } })), ["text_filters"]);
  const good = (said: string) => () => {
    told.good(said);
    onClose();
  };
  const initial: Wish = {
    name: filter?.name ?? "",
    words: filter?.words.join("\n"),
    patterns: filter?.patterns ?? [],
    longer_than: filter?.longer_than,
    links: filter?.links,
    in_a_minute: filter?.in_a_minute,
    action: filter?.action ?? "hold",
    reply_en: filter?.reply.en,
    reply_zh: filter?.reply.zh,
    active: filter?.active ?? true,
  };
  const looks = (_: unknown, typed: string | undefined) => {
    const { patterns, longer_than, links, in_a_minute } = form.getFieldsValue();
    const some = wordsOf(typed).length > 0 || (patterns ?? []).length > 0 || longer_than || links || in_a_minute;
    return some ? Promise.resolve() : Promise.reject(new Error(t.nothing));
  };
  const number = (name: keyof Wish, label: string, min: number, max: number) => (
    <Form.Item name={name} label={label}>
      <InputNumber min={min} max={max} precision={0} style={{ width: 160 }} />
    </Form.Item>
  );
  return (
    <Sheet
      title={filter ? t.edit(filter.name) : t.add}
      confirm={filter ? undefined : t.create}
      object={filter ? `text_filter:${filter.id}` : undefined}
      isSaving={save.isPending}
      problem={save.error ?? remove.error}
      aside={
        filter && (
          <SureButton title={t.removeTitle} help={t.removeHelp} loading={remove.isPending} onSure={() => remove.mutate(filter.id, { onSuccess: good(t.removed) })}>
            {t.remove}
          </SureButton>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form<Wish> form={form} layout="vertical" initialValues={initial} onFinish={(wish) => save.mutate(wish, { onSuccess: good(t.saved) })}>
        <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: t.required }]}>
          <Input autoFocus={!filter} maxLength={64} />
        </Form.Item>
        <Form.Item name="action" label={t.action}>
          <Radio.Group
            options={[
              { value: "mark", label: `${t.mark} · ${t.markHelp}` },
              { value: "hold", label: `${t.hold} · ${t.holdHelp}` },
              { value: "refuse", label: `${t.refuses} · ${t.refuseShort}` },
            ]}
          />
        </Form.Item>
        <Form.Item name="words" label={t.word} extra={t.wordsHelp} rules={[{ validator: looks }]}>
          <Input.TextArea autoSize={{ minRows: 3, maxRows: 12 }} />
        </Form.Item>
        <Form.Item name="patterns" label={t.patterns} extra={t.patternsHelp}>
          <Select mode="tags" open={false} suffixIcon={null} maxCount={20} />
        </Form.Item>
        {number("longer_than", t.longer, 1, 8_000)}
        {number("links", t.links, 1, 100)}
        {number("in_a_minute", t.rate, 2, 1_000)}
        {action !== "mark" && (
          <>
            <Form.Item name="reply_en" label={t.replyEn} extra={t.replyHelp}>
              <Input maxLength={300} />
            </Form.Item>
            <Form.Item name="reply_zh" label={t.replyZh}>
              <Input maxLength={300} />
            </Form.Item>
          </>
        )}
        <Form.Item name="active" label={t.active} valuePropName="checked">
          <Switch />
        </Form.Item>
      </Form>
    </Sheet>
  );
}
