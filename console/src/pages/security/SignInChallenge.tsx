import { useQuery } from "@tanstack/react-query";
import { Button, Form, InputNumber } from "antd";
import { api, done, type Shown } from "../../api";
import { Card, Trouble, useTold, Waiting } from "../../parts";
import { useAccount } from "../../session";
import { dictionary, useWords } from "../../words";
import { useSave } from "../settings/data";

const words = dictionary({
  en: {
    title: "Challenge at sign-in",
    about: "After some wrong passwords the browser has to do a little work before the next one is looked at. Nobody has to read or hear anything, and no third party takes part; who guesses passwords by the thousand pays for each.",
    after: "Wrong passwords that are free",
    afterHelp: "Per login; five times as many per address. The waiting time after five counts beside it.",
    bits: "Work",
    bitsHelp: "Each step doubles it: 17 takes a telephone about a second.",
    save: "Set the challenge",
    saved: "Saved.",
  },
  zh: {
    title: "登录验证",
    about: "多次输错密码后，浏览器需先完成少量计算，系统才会校验下一个密码。用户无需看图或听音，也不涉及第三方；批量猜测密码者则每次都要付出代价。",
    after: "允许输错的次数",
    afterHelp: "按账号计算；同一地址为其五倍。输错五次后的等待时间另计。",
    bits: "计算量",
    bitsHelp: "每加一计算量翻倍：17 在手机上约需一秒。",
    save: "设置登录验证",
    saved: "已保存。",
  },
});

/** From how many wrong passwords on a browser has to do work. */
export function SignInChallenge() {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const rule = useQuery({
    queryKey: ["sign_in_challenge"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/sign_in_challenge", { params: { path: account } })),
  });
  const save = useSave(
    (path, body: Shown["ChallengeRuleShape"]) => done(api.PUT("/api/v1/accounts/{account_id}/sign_in_challenge", { params: { path }, body })),
    ["sign_in_challenge"],
  );
  if (rule.isPending) return <Waiting />;
  if (rule.isError) return <Trouble problem={rule.error} again={() => void rule.refetch()} />;
  return (
    <Card title={t.title}>
      <p className="soft">{t.about}</p>
      <Form<Shown["ChallengeRuleShape"]>
        layout="vertical"
        requiredMark={false}
        initialValues={rule.data}
        onFinish={(wish) => save.mutate(wish, { onSuccess: () => told.good(t.saved), onError: told.bad })}
      >
        <Form.Item name="after_failures" label={t.after} extra={t.afterHelp} rules={[{ required: true }]}>
          <InputNumber min={1} max={100} precision={0} />
        </Form.Item>
        <Form.Item name="bits" label={t.bits} extra={t.bitsHelp} rules={[{ required: true }]}>
          <InputNumber min={8} max={22} precision={0} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t.save}
        </Button>
      </Form>
    </Card>
  );
}
