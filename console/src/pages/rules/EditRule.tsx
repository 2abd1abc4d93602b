import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Form, Input, InputNumber, Select } from "antd";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { OCCASIONS, actionsOn, readAct, writtenAct, type Act } from "./action";
import { factsOn, isCounted, isNumber, read, written, type Test } from "./condition";
import { useChoices, type Choice, type Choices, type Rule } from "./data";
import { words } from "./words";

interface Wish {
  name: string;
  on: string;
  tests?: Test[];
  /** Where the form does not show the condition. */
  tree?: string;
  then?: Act[];
  last?: boolean;
}

interface Props {
  rule: Rule | null;
  /** How the others are called. */
  others: string[];
  isSaving: boolean;
  problem: unknown;
  onSave: (rule: Rule) => void;
  onRemove: () => void;
  onClose: () => void;
}

const row = { display: "flex", flexWrap: "wrap", gap: 12, alignItems: "start" } as const;

/** One rule: when, if, then. */
export function EditRule({ rule, others, isSaving, problem, onSave, onRemove, onClose }: Props) {
  const t = useWords(words);
  const choices = useChoices();
  const [form] = Form.useForm<Wish>();
  const tests = Form.useWatch("tests", form);
  const then = Form.useWatch("then", form);
  const on = Form.useWatch("on", form) ?? "begins";
  const before = rule ? read(rule.when) : [];
  const initial: Wish = {
    name: rule?.name ?? "",
    on: rule?.on ?? "begins",
    ...(before ? { tests: before } : { tree: JSON.stringify(rule?.when, null, 2) }),
    then: rule ? rule.then.map((action) => readAct(action) ?? { what: "note", value: "" }) : [{ what: "queue" }],
    last: rule?.last ?? false,
  };
  const finish = (wish: Wish) =>
    onSave({
      name: wish.name.trim(),
      on: wish.on,
      when: (before ? written(wish.tests ?? []) : JSON.parse(wish.tree ?? "")) as Rule["when"],
      then: (wish.then ?? []).map(writtenAct) as Rule["then"],
      last: wish.last ?? false,
      disabled: rule?.disabled ?? false,
    });
  const isJson = (_: unknown, text: string) => {
    try {
      JSON.parse(text);
      return Promise.resolve();
    } catch {
      return Promise.reject(new Error(t.unreadable));
    }
  };
  return (
    <Sheet
      wide
      title={rule ? t.edit(rule.name) : t.add}
      confirm={rule ? undefined : t.create}
      isSaving={isSaving}
      problem={problem}
      aside={
        rule && (
          <Button danger onClick={onRemove}>
            {t.remove}
          </Button>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form<Wish> form={form} layout="vertical" initialValues={initial} onFinish={finish}>
        <Form.Item
          name="name"
          label={t.name}
          extra={t.nameHelp}
          rules={[{ required: true, whitespace: true, message: t.needed }, { validator: (_, name: string) => (others.includes(name?.trim()) ? Promise.reject(new Error(t.taken)) : Promise.resolve()) }]}
        >
          <Input autoFocus={!rule} maxLength={64} />
        </Form.Item>
        <Form.Item name="on" label={t.on} extra={on === "begins" ? t.beginsHelp : on === "call_begins" ? t.callBeginsHelp : undefined}>
          <Select style={{ maxWidth: 320 }} options={OCCASIONS.map((value) => ({ value, label: t[value] }))} />
        </Form.Item>
        <h3>{t.tests}</h3>
        {before ? (
          <Form.List name="tests">
            {(rows, { add, remove }) => (
              <>
                {rows.length === 0 && <p className="soft">{t.noTests}</p>}
                {rows.map(({ key, name }) => (
                  <div key={key} style={row}>
                    <Form.Item name={[name, "fact"]} label={t.fact}>
                      <Select style={{ width: 180 }} onChange={(fact: Test["fact"]) => form.setFieldValue(["tests", name], { fact, not: false, words: [], compare: "at_least" })} options={factsOn(on).map((value) => ({ value, label: t[value] }))} />
                    </Form.Item>
                    <TestFields name={name} test={tests?.[name] ?? initial.tests?.[name]} choices={choices} />
                    <Form.Item label=" " colon={false}>
                      <Button icon={<DeleteOutlined />} aria-label={t.removeTest} onClick={() => remove(name)} />
                    </Form.Item>
                  </div>
                ))}
                <Button icon={<PlusOutlined />} disabled={rows.length >= 20} onClick={() => add({ fact: "text", not: false, words: [] })}>
                  {t.addTest}
                </Button>
              </>
            )}
          </Form.List>
        ) : (
          <Form.Item name="tree" label={t.tree} extra={t.treeHelp} rules={[{ validator: isJson }]}>
            <Input.TextArea className="figures" autoSize={{ minRows: 4, maxRows: 20 }} />
          </Form.Item>
        )}
        <h3>{t.actions}</h3>
        <Form.List name="then">
          {(rows, { add, remove }) => (
            <>
              {rows.map(({ key, name }) => (
                <div key={key} style={row}>
                  <Form.Item name={[name, "what"]} label={t.action}>
                    <Select style={{ width: 220 }} onChange={(what: Act["what"]) => form.setFieldValue(["then", name], { what })} options={actionsOn(on).map((value) => ({ value, label: t[`do_${value}`] }))} />
                  </Form.Item>
                  <ActFields name={name} act={then?.[name] ?? initial.then?.[name]} choices={choices} />
                  <Form.Item label=" " colon={false}>
                    <Button icon={<DeleteOutlined />} aria-label={t.removeAction} onClick={() => remove(name)} />
                  </Form.Item>
                </div>
              ))}
              <Button icon={<PlusOutlined />} disabled={rows.length >= 10} onClick={() => add({ what: "tag" })}>
                {t.addAction}
              </Button>
            </>
          )}
        </Form.List>
        <Form.Item name="last" valuePropName="checked" style={{ marginTop: 16 }}>
          <Checkbox>{t.last}</Checkbox>
        </Form.Item>
      </Form>
    </Sheet>
  );
}

/** What a test of this fact is made of. */
function TestFields({ name, test, choices }: { name: number; test: Test | undefined; choices: Choices }) {
  const t = useWords(words);
  const needed = [{ required: true, message: t.needed }];
  const fact = test?.fact ?? "text";
  if (isNumber(fact))
    return (
      <>
        {isCounted(fact) && (
          <Form.Item name={[name, "of"]} label={t.days} rules={needed}>
            <InputNumber min={1} max={3650} precision={0} style={{ width: 90 }} />
          </Form.Item>
        )}
        <Form.Item name={[name, "compare"]} label={t.how} initialValue="at_least">
          <Select style={{ width: 110 }} options={(["at_least", "at_most"] as const).map((value) => ({ value, label: t[value] }))} />
        </Form.Item>
        <Form.Item name={[name, "number"]} label={t.number} rules={needed}>
          <InputNumber min={0} max={100_000} precision={0} style={{ width: 90 }} />
        </Form.Item>
      </>
    );
  const of = fact === "hours" ? choices.calendars : fact === "field" ? choices.fields : null;
  const isText = fact === "text";
  const listed = choices.values[fact];
  const isOpen = !listed || fact === "language";
  return (
    <>
      {of && (
        <Form.Item name={[name, "of"]} label={t.of} rules={needed}>
          <Select style={{ width: 180 }} options={of} />
        </Form.Item>
      )}
      {fact === "entered" && (
        <Form.Item name={[name, "of"]} label={t.enteredOf} rules={[...needed, { pattern: /^[A-Za-z0-9_]{1,50}$/, message: t.enteredHelp }]}>
          <Input maxLength={50} style={{ width: 180 }} />
        </Form.Item>
      )}
      <Form.Item name={[name, "not"]} label={t.how} initialValue={false}>
        <Select
          style={{ width: 130 }}
          options={[
            { value: false, label: isText ? t.says : t.is },
            { value: true, label: isText ? t.saysNot : t.isNot },
          ]}
        />
      </Form.Item>
      <Form.Item name={[name, "words"]} label={t.values} rules={needed}>
        <Select mode={isOpen ? "tags" : "multiple"} style={{ width: 260 }} options={listed ?? []} optionFilterProp="label" tokenSeparators={isOpen ? [",", "，"] : []} />
      </Form.Item>
    </>
  );
}

/** What an action needs to be said. */
function ActFields({ name, act, choices }: { name: number; act: Act | undefined; choices: Choices }) {
  const t = useWords(words);
  const needed = [{ required: true, message: t.needed }];
  const what = act?.what ?? "note";
  const minutes = (label: string, min: number, max: number) => (
    <Form.Item name={[name, "minutes"]} label={label} rules={needed}>
      <InputNumber min={min} max={max} precision={0} style={{ width: 110 }} />
    </Form.Item>
  );
  const chosen = (label: string, options: Choice[]) => (
    <Form.Item name={[name, "value"]} label={label} rules={needed}>
      <Select style={{ width: 220 }} options={options} optionFilterProp="label" showSearch />
    </Form.Item>
  );
  const text = (field: "value" | "text", label: string, most: number, isNeeded = true) => (
    <Form.Item name={[name, field]} label={label} rules={isNeeded ? [{ required: true, whitespace: true, message: t.needed }] : []} style={{ flex: "1 1 240px" }}>
      <Input.TextArea maxLength={most} autoSize={{ minRows: 1, maxRows: 6 }} />
    </Form.Item>
  );
  switch (what) {
    case "priority":
      return minutes(t.number, -1440, 1440);
    case "queue":
      return chosen(t.queue, choices.queues);
    case "ticket":
      return (
        <>
          {chosen(t.of, choices.types)}
          {text("text", t.titleOf, 200)}
        </>
      );
    case "block":
      return (
        <Form.Item name={[name, "days"]} label={t.forDays} rules={needed} initialValue={30}>
          <InputNumber min={1} max={365} precision={0} style={{ width: 110 }} />
        </Form.Item>
      );
    case "callback":
      return (
        <>
          {chosen(t.queue, choices.queues)}
          {minutes(t.in, 0, 43_200)}
          {text("text", t.noteOf, 500, false)}
        </>
      );
    case "greeting":
      return text("value", t.text, 2000);
    case "note":
    case "notice":
      return text("value", t.text, 500);
    default:
      return chosen(t.tag, choices.tags);
  }
}
