import { useQuery } from "@tanstack/react-query";
import { Button, Collapse, Form, InputNumber } from "antd";
import { api, done, type Shown } from "../../api";
import { Trouble, useTold, Waiting } from "../../parts";
import { Skills } from "../../parts/Skills";
import { useAccount } from "../../session";
import { dictionary, useWords } from "../../words";
import { useSave } from "../settings/data";

const words = dictionary({
  en: {
    title: "Skills, and how much at once",
    skills: "What they can",
    skillsHelp: "Queues ask for skills by name, with a least level. 1 is a little, 10 is best.",
    calls: "Calls at once",
    texts: "Texts at once",
    share: "Calls and texts share the person: whoever has a text in hand takes no call.",
    save: "Save skills",
    saved: "Saved. Work finds them by it from now on.",
  },
  zh: {
    title: "技能与并发量",
    skills: "具备的技能",
    skillsHelp: "队列按名称和最低等级要求技能。1 为入门，10 为精通。",
    calls: "同时通话数",
    texts: "同时文字会话数",
    share: "通话与文字共用同一坐席：手中有文字会话时不再接电话。",
    save: "保存技能",
    saved: "已保存，立即生效。",
  },
});

type AbilityWish = Shown["AgentAbility"];

/** What an agent can, and takes at once. It is saved by itself. */
export function Ability({ agent }: { agent: string }) {
  const t = useWords(words);
  return <Collapse ghost items={[{ key: "ability", label: t.title, children: <Known agent={agent} /> }]} />;
}

function Known({ agent }: { agent: string }) {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const params = { path: { ...account, id: agent } };
  const known = useQuery({
    queryKey: ["agents", agent, "routing"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/agents/{id}/routing", { params })),
  });
  const save = useSave((_, body: AbilityWish) => done(api.PUT("/api/v1/accounts/{account_id}/agents/{id}/routing", { params, body })), ["agents"]);
  if (known.isPending) return <Waiting />;
  if (known.isError) return <Trouble problem={known.error} again={() => void known.refetch()} />;
  return (
    <Form<AbilityWish> layout="vertical" initialValues={known.data} onFinish={(wish) => save.mutate(wish, { onSuccess: () => told.good(t.saved), onError: told.bad })}>
      <Form.Item name="skills" label={t.skills} extra={t.skillsHelp}>
        <Skills />
      </Form.Item>
      <Form.Item name="calls" label={t.calls}>
        <InputNumber min={0} max={1} precision={0} />
      </Form.Item>
      <Form.Item name="texts" label={t.texts} extra={t.share}>
        <InputNumber min={0} max={20} precision={0} />
      </Form.Item>
      <Button htmlType="submit" loading={save.isPending}>
        {t.save}
      </Button>
    </Form>
  );
}
