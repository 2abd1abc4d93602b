import { Alert, Form, InputNumber, Table } from "antd";
import { Link } from "react-router";
import { api, done, type Shown } from "../../api";
import { Badge, Moment } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Rule } from "./data";
import { words } from "./words";

type Tried = Shown["TriedReply"];

/** What rules would have done with the conversations of the last days; nothing is changed by it. */
export function Trial({ rules, onClose }: { rules: Rule[]; onClose: () => void }) {
  const t = useWords(words);
  const [form] = Form.useForm<{ days: number }>();
  const trial = useSave((at, days: number) => done(api.POST("/api/v1/accounts/{account_id}/rules/try", { params: { path: at }, body: { days, rules } })));
  const came = trial.data;
  return (
    <Sheet wide title={t.trial} confirm={t.run} isSaving={trial.isPending} problem={trial.error} onSave={form.submit} onClose={onClose}>
      <p className="soft">{t.trialAbout}</p>
      <Form<{ days: number }> form={form} layout="vertical" initialValues={{ days: 30 }} onFinish={({ days }) => trial.mutate(days)}>
        <Form.Item name="days" label={t.trialDays} rules={[{ required: true, message: t.needed }]}>
          <InputNumber min={1} max={365} precision={0} />
        </Form.Item>
      </Form>
      <div aria-live="polite">{came && <Alert type="info" showIcon title={came.looked === 0 ? t.noPast : t.looked(came.looked, came.held, came.differ)} />}</div>
      {came && (
        <>
          <Table<Shown["TriedRuleReply"]>
            rowKey="name"
            size="small"
            pagination={false}
            style={{ marginBlock: 16 }}
            dataSource={came.rules}
            columns={[
              { title: t.name, dataIndex: "name" },
              { title: t.holds, dataIndex: "holds", className: "figures" },
              { title: t.overruled, dataIndex: "overruled", className: "figures" },
            ]}
          />
          <Table<Tried>
            rowKey="conversation"
            size="small"
            pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
            scroll={{ x: "max-content" }}
            dataSource={came.conversations}
            columns={[
              {
                title: t.conversation,
                render: (_, one) => (
                  <Link to={`/review/${one.conversation}`}>
                    <Moment at={one.opened_at} />
                  </Link>
                ),
              },
              { title: t.rules, render: (_, one) => one.held.join(", ") },
              { title: t.went, render: (_, one) => one.went },
              { title: t.wouldGo, render: (_, one) => one.would_go },
              { title: t.would, render: (_, one) => <div style={{ maxWidth: 260, whiteSpace: "normal" }}>{one.would.map(({ what, name }) => `${String(t[`do_${what}` as keyof typeof t] ?? what)} ${name}`).join(" · ")}</div> },
              { title: "", render: (_, one) => one.differs && <Badge tone="busy">{t.differs}</Badge> },
            ]}
          />
        </>
      )}
    </Sheet>
  );
}
