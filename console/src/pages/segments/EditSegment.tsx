import { PlusOutlined } from "@ant-design/icons";
import { Alert, Button, Form, Input, Segmented } from "antd";
import { useDeferredValue, useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { SureButton } from "../../parts/SureButton";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { fresh, isWhole, read, written, type Draft, type Sent, type Tree } from "./condition";
import { useChoices, useCount, type Segment } from "./data";
import { TestRow } from "./TestRow";
import { words } from "./words";
import "./segments.css";

const ACCOUNT = "/api/v1/accounts/{account_id}";

/** A segment, and how many are in it while it is written. */
export function EditSegment({ segment, onClose }: { segment: Segment | null; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const choices = useChoices();
  const [form] = Form.useForm<{ name: string }>();
  // What was written otherwise is shown as such, and kept as it is.
  const [draft, setDraft] = useState<Draft | null>(segment ? read(segment.condition) : { each: true, tests: [fresh("tier")] });
  const isFinished = draft === null || draft.tests.every(isWhole);
  const condition: Tree | null = draft === null ? (segment?.condition as Tree) : isFinished ? written(draft) : null;
  const count = useCount(useDeferredValue(condition));
  const save = useSave(
    async (account, name: string) => {
      const body = { name, condition: (condition ?? {}) as Sent, replaces: segment?.version ?? null };
      if (segment) await done(api.PUT(`${ACCOUNT}/segments/{id}`, { params: { path: { ...account, id: segment.id } }, body }));
      else await done(api.POST(`${ACCOUNT}/segments`, { params: { path: account }, body }));
    },
    ["segments"],
  );
  const remove = useSave((account, id: string) => done(api.DELETE(`${ACCOUNT}/segments/{id}`, { params: { path: { ...account, id } } })), ["segments"]);
  const good = (said: string) => () => {
    told.good(said);
    onClose();
  };
  const put = (change: Partial<Draft>) => draft && setDraft({ ...draft, ...change });
  return (
    <Sheet
      wide
      title={segment ? t.edit(segment.name) : t.add}
      confirm={segment ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? remove.error}
      aside={
        segment && (
          <SureButton title={t.removeSure} loading={remove.isPending} onSure={() => remove.mutate(segment.id, { onSuccess: good(t.removed) })}>
            {t.remove}
          </SureButton>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form form={form} layout="vertical" initialValues={{ name: segment?.name ?? "" }} onFinish={({ name }) => (isFinished ? save.mutate(name, { onSuccess: good(t.saved) }) : told.bad(new Error(t.unfinished)))}>
        <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: t.needed }]}>
          <Input autoFocus={!segment} maxLength={64} />
        </Form.Item>
      </Form>
      <h3>{t.when}</h3>
      {draft === null ? (
        <>
          <Alert type="info" showIcon title={t.otherwise} />
          <pre className="soft">{JSON.stringify(segment?.condition, null, 2)}</pre>
        </>
      ) : (
        <>
          <Segmented
            aria-label={t.when}
            value={draft.each ? "all" : "any"}
            onChange={(value) => put({ each: value === "all" })}
            options={[
              { value: "all", label: t.all },
              { value: "any", label: t.any },
            ]}
          />
          {draft.tests.map((test, n) => (
            <TestRow
              key={n}
              test={test}
              choices={choices}
              onTest={(changed) => put({ tests: draft.tests.map((one, at) => (at === n ? changed : one)) })}
              onRemove={() => put({ tests: draft.tests.filter((_, at) => at !== n) })}
            />
          ))}
          {draft.tests.length === 0 && draft.each && <p className="soft">{t.everybody}</p>}
          <Button icon={<PlusOutlined />} style={{ marginTop: 10 }} onClick={() => put({ tests: [...draft.tests, fresh("tier")] })}>
            {t.addTest}
          </Button>
        </>
      )}
      <p className="segment-count figures" role="status">
        {condition === null ? <span className="soft">{t.unfinished}</span> : count.data && t.count(count.data.people)}
      </p>
    </Sheet>
  );
}
