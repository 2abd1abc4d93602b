import { Button, Form, Input, InputNumber } from "antd";
import { api, done } from "../../api";
import { Card, Moment, Trouble } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Contact } from "./data";
import { words } from "./words";

const DAY = 86_400_000;

/** Keep them out, or let them in again. */
export function Block({ contact }: { contact: Contact }) {
  const t = useWords(words);
  const { may } = useSession();
  const [form] = Form.useForm<{ reason: string; days: number | null }>();
  const mayBlock = may("contacts.block");
  const block = useSave(
    (account, { reason, days }: { reason: string; days: number | null }) =>
      done(api.POST("/api/v1/accounts/{account_id}/contacts/{id}/block", { params: { path: { ...account, id: contact.id } }, body: { reason, until: days ? Date.now() + days * DAY : null } })),
    ["contacts"],
  );
  const decide = useSave((account, { id, approve }: { id: string; approve: boolean }) => done(api.PUT("/api/v1/accounts/{account_id}/blocks/{id}", { params: { path: { ...account, id } }, body: { approve } })), ["contacts"]);
  const lift = useSave((account, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/blocks/{id}", { params: { path: { ...account, id } } })), ["contacts"]);
  const problem = block.error ?? decide.error ?? lift.error;
  const now = contact.block;
  return (
    <Card title={t.block}>
      {problem && <Trouble problem={problem} />}
      {now ? (
        <>
          <p>
            {now.state === "active" ? t.blocked : t.proposed}: {now.reason}
            {now.until && (
              <>
                {" "}
                {t.until} <Moment at={now.until} />
              </>
            )}
          </p>
          {mayBlock && now.state === "proposed" && (
            <div className="contact-line">
              <Button danger loading={decide.isPending} onClick={() => decide.mutate({ id: now.id, approve: true })}>
                {t.approve}
              </Button>
              <Button loading={decide.isPending} onClick={() => decide.mutate({ id: now.id, approve: false })}>
                {t.decline}
              </Button>
            </div>
          )}
          {mayBlock && now.state === "active" && (
            <Button loading={lift.isPending} onClick={() => lift.mutate(now.id)}>
              {t.lift}
            </Button>
          )}
        </>
      ) : (
        <Form form={form} layout="vertical" onFinish={(wish) => block.mutate(wish, { onSuccess: () => form.resetFields() })}>
          <p className="soft">{t.blockHelp}</p>
          <Form.Item name="reason" label={t.reason} rules={[{ required: true, min: 3, message: t.needed }]}>
            <Input maxLength={500} />
          </Form.Item>
          <Form.Item name="days" label={t.days} extra={t.daysHelp}>
            <InputNumber min={1} max={3650} precision={0} style={{ width: 140 }} />
          </Form.Item>
          <Button danger htmlType="submit" loading={block.isPending}>
            {mayBlock ? t.block : t.propose}
          </Button>
        </Form>
      )}
    </Card>
  );
}
