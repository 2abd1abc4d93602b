import { Form, Radio, Select } from "antd";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: {
    recording: "Recording",
    house: "As the server is set",
    number: "As the number says",
    off: "Only when somebody orders it",
    on_answer: "From the answer on, with prompts and waiting",
    on_bridge: "When somebody talks with the caller",
    best_effort: "If it cannot be recorded, the call goes on",
    record_or_refuse: "No recording, no call",
    policy: "When the recording fails",
  },
  zh: {
    recording: "录音",
    house: "按服务器设置",
    number: "按号码设置",
    off: "仅在有人要求时",
    on_answer: "从应答开始，含提示音和等待",
    on_bridge: "从有人与来电者通话开始",
    best_effort: "无法录音时，通话继续",
    record_or_refuse: "不能录音则不接通",
    policy: "录音失败时",
  },
});

export interface RecordingWish {
  start?: string;
  policy?: string;
}

/** The two fields of a rule, below `recording`; `start` empty: somebody else's rule holds. */
export function RecordingRule({ of }: { of: "queue" | "number" }) {
  const t = useWords(words);
  const start = Form.useWatch(["recording", "start"]) as string | undefined;
  return (
    <>
      <Form.Item name={["recording", "start"]} label={t.recording}>
        <Select
          options={[
            { value: "", label: of === "queue" ? t.number : t.house },
            { value: "off", label: t.off },
            { value: "on_answer", label: t.on_answer },
            { value: "on_bridge", label: t.on_bridge },
          ]}
        />
      </Form.Item>
      {start && start !== "off" && (
        <Form.Item name={["recording", "policy"]} label={t.policy}>
          <Radio.Group
            options={[
              { value: "best_effort", label: t.best_effort },
              { value: "record_or_refuse", label: t.record_or_refuse },
            ]}
          />
        </Form.Item>
      )}
    </>
  );
}
