import { Button, Form, Input, Space } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { dictionary, useWords } from "../../words";
import { useAgents, useSave } from "../settings/data";

const words = dictionary({
  en: {
    label: "Name that contacts read",
    help: "In chats, in the place of the name above. Empty: the name above.",
    save: "Save this name",
    saved: "Saved. Contacts read it from now on.",
  },
  zh: {
    label: "对客户显示的名称",
    help: "在线咨询中代替上面的姓名显示；留空则显示上面的姓名。",
    save: "保存名称",
    saved: "已保存，立即对客户生效。",
  },
});

/** By which name contacts know an agent. It is saved by itself. */
export function PublicName({ agent }: { agent: string }) {
  const t = useWords(words);
  const told = useTold();
  const { data: agents } = useAgents();
  const now = agents?.find((one) => one.id === agent)?.public_name ?? "";
  const [typed, setTyped] = useState<string | null>(null);
  const save = useSave(
    (path, public_name: string | null) => done(api.PUT("/api/v1/accounts/{account_id}/agents/{id}/public_name", { params: { path: { ...path, id: agent } }, body: { public_name } })),
    ["agents"],
  );
  const text = typed ?? now;
  return (
    <Form layout="vertical" onFinish={() => save.mutate(text.trim() || null, { onSuccess: () => told.good(t.saved), onError: told.bad })}>
      <Form.Item label={t.label} htmlFor={`public-${agent}`} extra={t.help}>
        <Space.Compact block>
          <Input id={`public-${agent}`} maxLength={64} value={text} onChange={(event) => setTyped(event.target.value)} />
          <Button htmlType="submit" loading={save.isPending} disabled={text.trim() === now}>
            {t.save}
          </Button>
        </Space.Compact>
      </Form.Item>
    </Form>
  );
}
