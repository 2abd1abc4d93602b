import { useQuery } from "@tanstack/react-query";
import { Form, InputNumber, Radio, Select } from "antd";
import { api, done } from "../../api";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { waitingWords } from "./waitingWords";

/** What callers hear while they wait, and whether they may be called back. */
export function Waiting() {
  const t = useWords(waitingWords);
  const account = useAccount();
  const { data: calendars } = useQuery({ queryKey: ["calendars"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/calendars", { params: { path: account } })) });
  const count = (least: number, most: number, unit?: string) => <InputNumber min={least} max={most} precision={0} suffix={unit} style={{ width: 140 }} />;
  const announced = { validator: (_: unknown, s: number | null) => (s === 0 || (s ?? 0) >= 10 ? Promise.resolve() : Promise.reject(new Error(t.announceRange))) };
  return (
    <>
      <Form.Item name="announce_s" label={t.announce} extra={t.announceHelp} rules={[announced]}>
        {count(0, 3_600, "s")}
      </Form.Item>
      <Form.Item name="callback_after_s" label={t.after} extra={t.callbackHelp}>
        {count(0, 86_400, "s")}
      </Form.Item>
      <Form.Item name="callback_above_min" label={t.above}>
        {count(0, 1_440, t.minutes)}
      </Form.Item>
      <Form.Item name="callback_tries" label={t.tries}>
        {count(1, 10)}
      </Form.Item>
      <Form.Item name="callback_again_min" label={t.again}>
        {count(1, 1_440, t.minutes)}
      </Form.Item>
      <Form.Item name="callback_hours" label={t.hours} extra={t.hoursHelp}>
        <Select allowClear placeholder={t.always} options={(calendars ?? []).map((one) => ({ value: one.id, label: one.name }))} />
      </Form.Item>
      <Form.Item name="callback_first" label={t.first} extra={t.firstHelp}>
        <Radio.Group
          options={[
            { value: "agent", label: t.firstAgent },
            { value: "caller", label: t.firstCaller },
          ]}
        />
      </Form.Item>
    </>
  );
}
