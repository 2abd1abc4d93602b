import { Button, Collapse, Form, Input, InputNumber, Popconfirm, Radio, Select, Switch } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold, Waiting } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useQueue, useSave, type QueueSheet } from "../settings/data";
import { RecordingRule, type RecordingWish } from "../settings/RecordingRule";
import { Members } from "./Members";
import { Routing } from "./Routing";
import { PLAIN, routingOf, routingWish, type RoutingWish } from "./routing";
import { SILENT, waitingOf, waitingWish, type WaitingWish } from "./waiting";
import { Waiting as WaitingSettings } from "./Waiting";
import { words } from "./words";

interface Wish extends RoutingWish, WaitingWish {
  name: string;
  mode: string;
  members: { agent: string; level: number }[];
  ring_for_s: number;
  wrap_up_s: number;
  max_wait_s: number;
  max_length: number;
  empty: string;
  after_no_answer: string;
  language: string;
  hot_words: string[];
  caller_ids: string[];
  auto_answer: boolean;
  warn_after_s: number;
  recording: RecordingWish;
}

const FRESH = {
  name: "",
  mode: "push",
  members: [],
  ring_for_s: 20,
  wrap_up_s: 30,
  max_wait_s: 0,
  max_length: 0,
  empty: "leave_at_once",
  after_no_answer: "not_ready",
  language: "",
  hot_words: [],
  caller_ids: [],
  auto_answer: false,
  warn_after_s: 120,
  ...PLAIN,
  ...SILENT,
};

const seconds = (ms: number) => Math.round(ms / 1_000);

function wishOf(sheet: QueueSheet): Omit<Wish, "recording"> {
  const { name, mode, members, max_length, empty, after_no_answer, hot_words, caller_ids, auto_answer } = sheet;
  return {
    name,
    mode,
    members: members.map(({ agent, level }) => ({ agent, level: level ?? 1 })),
    ring_for_s: seconds(sheet.ring_for_ms),
    wrap_up_s: seconds(sheet.wrap_up_ms),
    max_wait_s: seconds(sheet.max_wait_ms),
    max_length,
    empty,
    after_no_answer,
    language: sheet.language ?? "",
    hot_words,
    caller_ids,
    auto_answer,
    warn_after_s: seconds(sheet.warn_after_ms),
    ...routingOf(sheet.routing),
    ...waitingOf(sheet.waiting),
  };
}

/** As the server takes it. */
function edit(wish: Wish): Shown["EditQueue"] {
  const { name, mode, members, max_length, empty, after_no_answer, language, hot_words, caller_ids, auto_answer } = wish;
  const { ring_for_s, wrap_up_s, max_wait_s, warn_after_s } = wish;
  const plain = { name, mode, members, max_length, empty, after_no_answer, language, hot_words, caller_ids, auto_answer };
  const times = { ring_for_ms: ring_for_s * 1_000, wrap_up_ms: wrap_up_s * 1_000, max_wait_ms: max_wait_s * 1_000, warn_after_ms: warn_after_s * 1_000 };
  return { ...plain, ...times, routing: routingWish(wish), waiting: waitingWish(wish) };
}

interface Props {
  id: string | null;
  recording: Shown["Recording"] | null;
  onClose: () => void;
}

export function EditQueue({ id, recording, onClose }: Props) {
  const t = useWords(words);
  const told = useTold();
  const sheet = useQueue(id);
  const [form] = Form.useForm<Wish>();
  const save = useSave(
    async (account, wish: Wish) => {
      const made = id
        ? await done(
            api.PUT("/api/v1/accounts/{account_id}/queues/{id}", {
              params: { path: { ...account, id } },
              body: { ...edit(wish), replaces: sheet.data?.version ?? 0 },
            }),
          )
        : await done(api.POST("/api/v1/accounts/{account_id}/queues", { params: { path: account }, body: edit(wish) }));
      const params = { path: { ...account, id: made.id } };
      const { start = "", policy = "best_effort" } = wish.recording;
      if (start === (recording?.start ?? "") && policy === (recording?.policy ?? "best_effort")) return;
      if (start) await done(api.PUT("/api/v1/accounts/{account_id}/queues/{id}/recording", { params, body: { start, policy } }));
      else await done(api.DELETE("/api/v1/accounts/{account_id}/queues/{id}/recording", { params }));
    },
    ["queues"],
    ["queue"],
    ["agents"],
  );
  const close = useSave((account, queue: string) => done(api.DELETE("/api/v1/accounts/{account_id}/queues/{id}", { params: { path: { ...account, id: queue } } })), ["queues"], ["queue"]);
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  const rule = { start: recording?.start ?? "", policy: recording?.policy ?? "best_effort" };
  const known = id ? sheet.data && wishOf(sheet.data) : FRESH;
  return (
    <Sheet
      title={id ? t.edit(sheet.data?.name ?? "") : t.add}
      object={id ? `queue:${id}` : undefined}
      confirm={id ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? close.error ?? sheet.error}
      aside={
        id && (
          <Popconfirm title={t.out} description={t.outHelp} okText={t.out} okButtonProps={{ danger: true }} onConfirm={() => close.mutate(id, { onSuccess: good })}>
            <Button danger loading={close.isPending}>
              {t.out}
            </Button>
          </Popconfirm>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      {!known ? (
        <Waiting />
      ) : (
        <Form<Wish> form={form} layout="vertical" initialValues={{ ...known, recording: rule }} onFinish={(wish) => save.mutate(wish, { onSuccess: good })}>
          <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: t.required }]}>
            <Input autoFocus={!id} maxLength={80} />
          </Form.Item>
          <Form.Item name="members" label={t.members} extra={t.membersHelp}>
            <Members />
          </Form.Item>
          <RecordingRule of="queue" />
          <Collapse
            ghost
            items={[
              { key: "routing", label: t.routing, forceRender: true, children: <Routing queue={id} /> },
              { key: "waiting", label: t.whileWaiting, forceRender: true, children: <WaitingSettings /> },
              { key: "more", label: t.more, forceRender: true, children: <More /> },
            ]}
          />
        </Form>
      )}
    </Sheet>
  );
}

function More() {
  const t = useWords(words);
  const radio = (one: string, other: string) => (
    <Radio.Group
      options={[
        { value: one, label: t[one as "push"] },
        { value: other, label: t[other as "push"] },
      ]}
    />
  );
  const count = (most: number, least = 0) => <InputNumber min={least} max={most} precision={0} style={{ width: 140 }} />;
  return (
    <>
      <Form.Item name="mode" label={t.mode}>
        <Radio.Group options={(["push", "pull", "assign"] as const).map((mode) => ({ value: mode, label: t[mode] }))} />
      </Form.Item>
      <Form.Item name="empty" label={t.empty}>
        {radio("wait", "leave_at_once")}
      </Form.Item>
      <Form.Item name="after_no_answer" label={t.after}>
        {radio("not_ready", "pause")}
      </Form.Item>
      <Form.Item name="ring_for_s" label={t.ringFor}>
        {count(180, 1)}
      </Form.Item>
      <Form.Item name="auto_answer" label={t.autoAnswer} extra={t.autoAnswerHelp} valuePropName="checked">
        <Switch />
      </Form.Item>
      <Form.Item name="warn_after_s" label={t.warnAfter} extra={t.warnAfterHelp}>
        {count(3_600, 5)}
      </Form.Item>
      <Form.Item name="wrap_up_s" label={t.wrapUp} extra={t.wrapUpHelp}>
        {count(3_600)}
      </Form.Item>
      <Form.Item name="max_wait_s" label={t.maxWait} extra={t.noLimit}>
        {count(86_400)}
      </Form.Item>
      <Form.Item name="max_length" label={t.maxLength} extra={t.noLimit}>
        {count(100_000)}
      </Form.Item>
      <Form.Item name="language" label={t.language}>
        <Select
          options={[
            { value: "", label: t.byNumber },
            { value: "zh-CN", label: "中文（普通话）" },
            { value: "en", label: "English" },
          ]}
        />
      </Form.Item>
      <Form.Item name="hot_words" label={t.hotWords} extra={t.hotWordsHelp}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", "，"]} />
      </Form.Item>
      <Form.Item name="caller_ids" label={t.callerIds}>
        <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} />
      </Form.Item>
    </>
  );
}
