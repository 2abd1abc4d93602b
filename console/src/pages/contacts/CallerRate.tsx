import { useQuery } from "@tanstack/react-query";
import { Form, Input, InputNumber, Radio, Switch } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold, Waiting } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { settingsWords } from "./words";

interface Wish {
  on: boolean;
  most: number;
  minutes: number;
  answer: string;
  text?: string;
}

const bodyOf = ({ on, most, minutes, answer, text }: Wish): Shown["CallerRateWish"] => ({
  rate: on ? { most, within: Math.round(minutes * 60), answer: { answer, text: answer === "message" ? (text ?? "") : null } } : null,
});

/** How often one number may call, and what who calls more often meets. */
export function CallerRate({ onClose }: { onClose: () => void }) {
  const t = useWords(settingsWords);
  const told = useTold();
  const account = useAccount();
  const [form] = Form.useForm<Wish>();
  const now = useQuery({ queryKey: ["caller_rate"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/caller_rate", { params: { path: account } })) });
  const wish = Form.useWatch([], form) as Wish | undefined;
  const save = useSave((at, wish: Wish) => done(api.PUT("/api/v1/accounts/{account_id}/caller_rate", { params: { path: at }, body: bodyOf(wish) })), ["caller_rate"]);
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  const rate = now.data?.rate;
  const initial: Wish = { on: Boolean(rate), most: rate?.most ?? 5, minutes: rate ? rate.within / 60 : 10, answer: rate?.answer.answer ?? "busy", text: rate?.answer.text ?? undefined };
  const isOn = wish?.on ?? initial.on;
  const needed = [{ required: true, message: t.needed }];
  return (
    <Sheet title={t.callerRate} isSaving={save.isPending} problem={save.error ?? now.error} onSave={form.submit} onClose={onClose}>
      <p className="soft">{t.callerRateHelp}</p>
      {now.isPending && <Waiting />}
      {now.data && (
        <>
          <p>{t.turnedAway(now.data.turned_away, now.data.kept_out)}</p>
          <Form<Wish> form={form} layout="vertical" initialValues={initial} onFinish={(all) => save.mutate({ ...initial, ...all }, { onSuccess: good })}>
            <Form.Item name="on" label={t.callerRateOn} valuePropName="checked">
              <Switch />
            </Form.Item>
            {isOn && (
              <>
                <Form.Item name="most" label={t.callsMost} rules={needed}>
                  <InputNumber min={1} max={1_000} precision={0} />
                </Form.Item>
                <Form.Item name="minutes" label={t.callsMinutes} rules={needed}>
                  <InputNumber min={0.1} max={1_440} />
                </Form.Item>
                <Form.Item name="answer" label={t.callsAnswer}>
                  <Radio.Group
                    options={[
                      { value: "busy", label: t.busy },
                      { value: "decline", label: t.decline },
                      { value: "message", label: t.message },
                    ]}
                  />
                </Form.Item>
                {(wish?.answer ?? initial.answer) === "message" && (
                  <Form.Item name="text" label={t.messageText} extra={t.messageHelp} rules={needed}>
                    <Input.TextArea rows={3} maxLength={1000} />
                  </Form.Item>
                )}
              </>
            )}
          </Form>
        </>
      )}
    </Sheet>
  );
}
