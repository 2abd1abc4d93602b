import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, InputNumber, Select, Switch } from "antd";
import { Skills } from "../../parts/Skills";
import { useWords } from "../../words";
import { useQueues } from "../settings/data";
import { routingWords } from "./routingWords";
import { OVERFLOW, RELAX, STRATEGIES, endsRegion, type OverflowWish, type RelaxWish } from "./routing";
import css from "./Routing.module.css";

/** How the work of a queue finds its agents. */
export function Routing({ queue }: { queue: string | null }) {
  const t = useWords(routingWords);
  return (
    <>
      <Form.Item name="strategy" label={t.strategy} extra={t.strategyHelp}>
        <Select options={STRATEGIES.map((name) => ({ value: name, label: t[name] }))} />
      </Form.Item>
      <Form.Item name="first_levels" label={t.firstLevels} extra={t.firstLevelsHelp}>
        <InputNumber min={0} max={255} precision={0} style={{ width: 140 }} />
      </Form.Item>
      <Form.Item name="wants" label={t.wants} extra={t.wantsHelp}>
        <Skills />
      </Form.Item>
      <Form.Item
        name="near"
        label={t.near}
        extra={t.nearHelp}
        valuePropName="checked"
        dependencies={["relax"]}
        rules={[({ getFieldValue }) => ({ validator: (_, near: boolean) => (near && !endsRegion(getFieldValue("relax") as Partial<RelaxWish>[]) ? Promise.reject(new Error(t.nearEnds)) : Promise.resolve()) })]}
      >
        <Switch />
      </Form.Item>
      <Form.Item label={t.relax} extra={t.relaxHelp}>
        <Form.List name="relax">
          {(fields, { add, remove }) => (
            <div className={css.rules}>
              {fields.map((field) => (
                <Relax key={field.key} at={field.name} remove={() => remove(field.name)} />
              ))}
              <Button icon={<PlusOutlined />} onClick={() => add({ after_s: 30, what: "drop_all", at_once_if_nobody: true } satisfies RelaxWish)}>
                {t.addStep}
              </Button>
            </div>
          )}
        </Form.List>
      </Form.Item>
      <Form.Item label={t.overflow} extra={t.overflowHelp}>
        <Form.List name="overflow">
          {(fields, { add, remove }) => (
            <div className={css.rules}>
              {fields.map((field) => (
                <Overflow key={field.key} at={field.name} queue={queue} remove={() => remove(field.name)} />
              ))}
              <Button icon={<PlusOutlined />} onClick={() => add({ when: "waited", after_s: 120, queue: "" } satisfies OverflowWish)}>
                {t.addRule}
              </Button>
            </div>
          )}
        </Form.List>
      </Form.Item>
    </>
  );
}

function Relax({ at, remove }: { at: number; remove: () => void }) {
  const t = useWords(routingWords);
  const what = Form.useWatch<RelaxWish["what"] | undefined>(["relax", at, "what"]);
  const needed = [{ required: true, message: t.needed }];
  return (
    <div className={css.rule}>
      <Form.Item name={[at, "after_s"]} noStyle rules={needed}>
        <InputNumber min={0} max={86_400} precision={0} prefix={t.after} suffix="s" aria-label={t.after} />
      </Form.Item>
      <Form.Item name={[at, "what"]} noStyle>
        <Select aria-label={t.what} options={RELAX.map((name) => ({ value: name, label: t[name] }))} style={{ minWidth: 190 }} />
      </Form.Item>
      {(what === "drop" || what === "lower") && (
        <Form.Item name={[at, "skill"]} noStyle rules={needed}>
          <Input maxLength={64} placeholder={t.skill} aria-label={t.skill} style={{ width: 150 }} />
        </Form.Item>
      )}
      {(what === "lower" || what === "up_to") && (
        <Form.Item name={[at, "level"]} noStyle rules={needed}>
          <InputNumber min={1} max={255} precision={0} prefix={t.level} aria-label={t.level} style={{ width: 110 }} />
        </Form.Item>
      )}
      <label className={css.flag}>
        <Form.Item name={[at, "at_once_if_nobody"]} noStyle valuePropName="checked">
          <Switch size="small" />
        </Form.Item>
        {t.atOnce}
      </label>
      <Button type="text" icon={<CloseOutlined />} aria-label={t.remove} onClick={remove} />
    </div>
  );
}

function Overflow({ at, queue, remove }: { at: number; queue: string | null; remove: () => void }) {
  const t = useWords(routingWords);
  const { data: queues } = useQueues();
  const when = Form.useWatch<OverflowWish["when"] | undefined>(["overflow", at, "when"]);
  const others = (queues ?? []).filter((other) => other.id !== queue);
  const needed = [{ required: true, message: t.needed }];
  return (
    <div className={css.rule}>
      <Form.Item name={[at, "when"]} noStyle>
        <Select aria-label={t.when} options={OVERFLOW.map((name) => ({ value: name, label: t[name] }))} style={{ minWidth: 190 }} />
      </Form.Item>
      {when === "waited" && (
        <Form.Item name={[at, "after_s"]} noStyle rules={needed}>
          <InputNumber min={1} max={86_400} precision={0} suffix="s" aria-label={t.waited} style={{ width: 110 }} />
        </Form.Item>
      )}
      {when === "length" && (
        <Form.Item name={[at, "length"]} noStyle rules={needed}>
          <InputNumber min={1} max={100_000} precision={0} aria-label={t.length} style={{ width: 110 }} />
        </Form.Item>
      )}
      <Form.Item name={[at, "queue"]} noStyle>
        <Select
          aria-label={t.to}
          style={{ minWidth: 190 }}
          options={[{ value: "", label: t.toFlow }, ...others.map((other) => ({ value: other.id, label: t.toQueue(other.name) }))]}
        />
      </Form.Item>
      <Button type="text" icon={<CloseOutlined />} aria-label={t.remove} onClick={remove} />
    </div>
  );
}
