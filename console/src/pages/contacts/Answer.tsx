import { useQuery } from "@tanstack/react-query";
import { Form, Input, Radio } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold, Waiting } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { settingsWords } from "./words";

type Wish = Shown["BlockAnswerShape"];

/** What callers who are kept out meet. */
export function Answer({ onClose }: { onClose: () => void }) {
  const t = useWords(settingsWords);
  const told = useTold();
  const account = useAccount();
  const [form] = Form.useForm<Wish>();
  const now = useQuery({ queryKey: ["block_answer"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/block_answer", { params: { path: account } })) });
  const chosen = Form.useWatch("answer", form) ?? now.data?.answer;
  const save = useSave(
    (at, wish: Wish) => done(api.PUT("/api/v1/accounts/{account_id}/block_answer", { params: { path: at }, body: { answer: wish.answer, text: wish.answer === "message" ? (wish.text ?? "") : null } })),
    ["block_answer"],
  );
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  return (
    <Sheet title={t.answer} isSaving={save.isPending} problem={save.error ?? now.error} onSave={form.submit} onClose={onClose}>
      <p className="soft">{t.answerHelp}</p>
      {now.isPending && <Waiting />}
      {now.data && (
        <Form<Wish> form={form} layout="vertical" initialValues={now.data} onFinish={(wish) => save.mutate(wish, { onSuccess: good })}>
          <Form.Item name="answer" label={t.answer}>
            <Radio.Group
              options={[
                { value: "busy", label: t.busy },
                { value: "decline", label: t.decline },
                { value: "message", label: t.message },
              ]}
            />
          </Form.Item>
          {chosen === "message" && (
            <Form.Item name="text" label={t.messageText} extra={t.messageHelp} rules={[{ required: true, message: t.needed }]}>
              <Input.TextArea rows={3} maxLength={1000} />
            </Form.Item>
          )}
        </Form>
      )}
    </Sheet>
  );
}
