import { Form, InputNumber } from "antd";
import { useWords } from "../../words";
import { waitingWords } from "./waitingWords";

/** What callers hear while they wait, and whether they may be called back. */
export function Waiting() {
  const t = useWords(waitingWords);
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
    </>
  );
}
