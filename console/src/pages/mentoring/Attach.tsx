import { useQuery } from "@tanstack/react-query";
import { DatePicker, Form, Select } from "antd";
import type { Dayjs } from "dayjs";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useAgents, useSave } from "../settings/data";
import { words } from "./words";

interface Wish {
  mentor: string;
  agent: string;
  until?: Dayjs | null;
}

const ACCOUNT = "/api/v1/accounts/{account_id}";

/** Put a mentor beside an agent. */
export function Attach({ onClose }: { onClose: () => void }) {
  const t = useWords(words);
  const account = useAccount();
  const told = useTold();
  const [form] = Form.useForm<Wish>();
  const agents = useAgents();
  const people = useQuery({ queryKey: ["staff_people", ""], queryFn: () => done(api.GET(`${ACCOUNT}/staff_people`, { params: { path: account, query: { q: "" } } })) });
  const save = useSave(
    (account, { mentor, agent, until }: Wish) =>
      // The day that is named still counts.
      done(api.POST(`${ACCOUNT}/mentors`, { params: { path: account }, body: { mentor, agent, until: until ? until.endOf("day").valueOf() + 1 : null } })),
    ["mentors"],
    ["mentoring"],
  );
  const good = () => {
    told.good(t.attached);
    onClose();
  };
  const chosen = { showSearch: { optionFilterProp: "label" } } as const;
  return (
    <Sheet title={t.add} confirm={t.add} isSaving={save.isPending} problem={save.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" onFinish={(wish) => save.mutate(wish, { onSuccess: good })}>
        <Form.Item name="mentor" label={t.mentor} rules={[{ required: true, message: t.needed }]}>
          <Select {...chosen} options={(people.data ?? []).map((one) => ({ value: one.id, label: one.name ?? "" }))} />
        </Form.Item>
        <Form.Item name="agent" label={t.agent} rules={[{ required: true, message: t.needed }]}>
          <Select {...chosen} options={(agents.data ?? []).map((one) => ({ value: one.id, label: one.name }))} />
        </Form.Item>
        <Form.Item name="until" label={t.until} extra={t.untilHelp}>
          <DatePicker style={{ width: "100%" }} />
        </Form.Item>
      </Form>
    </Sheet>
  );
}
