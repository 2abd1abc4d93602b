import { Checkbox, Form, Input, InputNumber, Switch } from "antd";
import type { Shown } from "../../api";
import { useWords } from "../../words";
import { mannerWords } from "./mannerWords";

/** What an inbox does by itself when time passes, and what it asks when it is over. Minutes here, seconds in the API. */
export interface MannersWish {
  /** Seconds. */
  answer_within?: number | null;
  late_minutes?: number | null;
  late?: string;
  remind_minutes?: number | null;
  reminder?: string;
  close_minutes?: number | null;
  farewell?: string;
  asks?: boolean;
  aspects?: string[];
  remarks?: boolean;
  question_en?: string;
  question_zh?: string;
  address?: string;
}

type TextInbox = Shown["TextInboxReply"];
type Body = Pick<Shown["EditTextInbox"], "answer_within" | "late_after" | "late" | "remind_after" | "reminder" | "close_after" | "farewell" | "survey">;
const ASPECTS = ["speed", "attitude", "effect", "convenience"] as const;
/** A week, and ten seconds. */
const LONGEST = 10_080;
const SHORTEST = 0.17;

const minutes = (seconds: number | null | undefined) => (seconds ? Math.round((seconds / 60) * 100) / 100 : null);
const seconds = (minutes: number | null | undefined) => (minutes ? Math.max(10, Math.round(minutes * 60)) : null);

export const mannersOf = (inbox: TextInbox | null): MannersWish => ({
  answer_within: inbox?.answer_within ?? null,
  late_minutes: minutes(inbox?.late_after),
  late: inbox?.late ?? undefined,
  remind_minutes: minutes(inbox?.remind_after),
  reminder: inbox?.reminder ?? undefined,
  close_minutes: minutes(inbox?.close_after),
  farewell: inbox?.farewell ?? undefined,
  asks: Boolean(inbox?.survey),
  aspects: inbox?.survey?.aspects ?? [],
  remarks: inbox?.survey?.words ?? true,
  question_en: inbox?.survey?.question?.en,
  question_zh: inbox?.survey?.question?.zh,
  address: inbox?.survey?.address ?? undefined,
});

export function mannersBody(wish: MannersWish, isSite: boolean): Body {
  const question = { ...(wish.question_en?.trim() && { en: wish.question_en.trim() }), ...(wish.question_zh?.trim() && { zh: wish.question_zh.trim() }) };
  return {
    answer_within: wish.answer_within ?? null,
    late_after: seconds(wish.late_minutes),
    late: wish.late?.trim() || null,
    remind_after: seconds(wish.remind_minutes),
    reminder: wish.reminder?.trim() || null,
    close_after: seconds(wish.close_minutes),
    farewell: wish.farewell?.trim() || null,
    survey: wish.asks ? { aspects: wish.aspects ?? [], words: wish.remarks ?? false, question, address: isSite ? null : wish.address?.trim() || null } : null,
  };
}

/** The fields of it, in the form of an inbox. */
export function Manners({ isSite, isInternal, asks }: { isSite: boolean; isInternal: boolean; asks: boolean }) {
  const t = useWords(mannerWords);
  const span = (name: keyof MannersWish, label: string, help: string) => (
    <Form.Item name={name} label={label} extra={help}>
      <InputNumber min={SHORTEST} max={LONGEST} step={1} style={{ width: 160 }} />
    </Form.Item>
  );
  const text = (name: keyof MannersWish, label: string) => (
    <Form.Item name={name} label={label}>
      <Input.TextArea maxLength={1000} autoSize={{ minRows: 1, maxRows: 5 }} />
    </Form.Item>
  );
  return (
    <>
      <Form.Item name="answer_within" label={t.answerWithin} extra={t.answerWithinHelp}>
        <InputNumber min={10} max={604_800} precision={0} placeholder="45" style={{ width: 160 }} />
      </Form.Item>
      <h3>{t.times}</h3>
      <p className="soft">{isSite ? t.timesHelpSite : t.timesHelp}</p>
      {span("late_minutes", t.lateAfter, t.lateHelp)}
      {text("late", t.late)}
      {span("remind_minutes", t.remindAfter, t.remindHelp)}
      {text("reminder", t.reminder)}
      {span("close_minutes", t.closeAfter, t.closeHelp)}
      {text("farewell", t.farewell)}
      {!isInternal && (
        <>
          <h3>{t.survey}</h3>
          <Form.Item name="asks" label={t.asks} extra={t.asksHelp} valuePropName="checked">
            <Switch />
          </Form.Item>
        </>
      )}
      {asks && (
        <>
          <Form.Item name="aspects" label={t.aspects}>
            <Checkbox.Group options={ASPECTS.map((one) => ({ value: one, label: t[one] }))} />
          </Form.Item>
          <Form.Item name="remarks" valuePropName="checked">
            <Checkbox>{t.remarks}</Checkbox>
          </Form.Item>
          <Form.Item name="question_en" label={t.questionEn} extra={t.questionHelp}>
            <Input maxLength={300} />
          </Form.Item>
          <Form.Item name="question_zh" label={t.questionZh}>
            <Input maxLength={300} />
          </Form.Item>
          {!isSite && (
            <Form.Item name="address" label={t.address} extra={t.addressHelp} rules={[{ required: true, whitespace: true, message: t.required }]}>
              <Input maxLength={200} inputMode="url" placeholder="https://service.example" />
            </Form.Item>
          )}
        </>
      )}
    </>
  );
}
