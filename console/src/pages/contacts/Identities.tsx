import { Button, Checkbox, Form, Input, Select } from "antd";
import { useState } from "react";
import { api, done, type Shown } from "../../api";
import { Badge, Card, Trouble, useTold } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Contact } from "./data";
import { kindNames, words } from "./words";

type Wish = Shown["NewIdentity"];

/** By what they are known: what opens this file, and what they only say. */
export function Identities({ contact }: { contact: Contact }) {
  const t = useWords(words);
  const kinds = useWords(kindNames);
  const told = useTold();
  const { may } = useSession();
  const [form] = Form.useForm<Wish>();
  const [full, setFull] = useState<Record<string, string>>({});
  const [isAsking, setAsking] = useState(false);
  const mayEdit = may("contacts.edit");
  const isHidden = contact.identities.some((one) => one.value.includes("•"));
  const add = useSave((account, body: Wish) => done(api.POST("/api/v1/accounts/{account_id}/contacts/{id}/identities", { params: { path: { ...account, id: contact.id } }, body })), ["contacts"]);
  const remove = useSave(
    (account, name: string) => done(api.DELETE("/api/v1/accounts/{account_id}/contacts/{id}/identities/{name}", { params: { path: { ...account, id: contact.id, name } } })),
    ["contacts"],
  );
  const reveal = useSave((account, reason: string) => done(api.POST("/api/v1/accounts/{account_id}/contacts/{id}/reveal", { params: { path: { ...account, id: contact.id } }, body: { reason } })));
  const proofs: Record<string, string> = { caller: t.caller, provider: t.provider, code: t.code, staff: t.staff, import: t.import };
  return (
    <Card title={t.identities}>
      <p className="soft">{t.identitiesHelp}</p>
      {add.isError && <Trouble problem={add.error} />}
      <ul className="contact-list">
        {contact.identities.map((one) => (
          <li key={`${one.id} ${one.proof ?? ""}`} className="contact-line">
            <span className="soft">{kinds[one.kind] ?? one.kind}</span>
            <span className="figures">{full[one.id] ?? one.value}</span>
            {one.proof ? <Badge tone="good">{proofs[one.proof] ?? t.verified}</Badge> : <Badge tone="quiet">{t.said}</Badge>}
            {mayEdit && (
              <Button type="text" size="small" loading={remove.isPending && remove.variables === one.id} onClick={() => remove.mutate(one.id, { onError: told.bad })}>
                {t.remove}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {isHidden && may("numbers.reveal") && !isAsking && (
        <Button size="small" onClick={() => setAsking(true)}>
          {t.reveal}
        </Button>
      )}
      {isAsking && (
        <Input.Search
          autoFocus
          aria-label={t.revealWhy}
          placeholder={t.revealWhy}
          enterButton={t.reveal}
          maxLength={500}
          loading={reveal.isPending}
          onSearch={(reason) =>
            reveal.mutate(reason, {
              onError: told.bad,
              onSuccess: (known) => {
                setFull(Object.fromEntries(known.map((one) => [one.id, one.value])));
                setAsking(false);
              },
            })
          }
        />
      )}
      {mayEdit && (
        <Form<Wish> form={form} layout="vertical" initialValues={{ kind: "number", verified: false }} onFinish={(wish) => add.mutate(wish, { onSuccess: () => form.resetFields() })} style={{ marginTop: 12 }}>
          <Form.Item name="kind" label={t.kind}>
            <Select options={["number", "email", "wechat_openid", "wechat_unionid", "whatsapp", "external"].map((value) => ({ value, label: kinds[value] }))} />
          </Form.Item>
          <Form.Item name="value" label={t.value} rules={[{ required: true, message: t.needed }]}>
            <Input maxLength={256} />
          </Form.Item>
          <Form.Item name="verified" valuePropName="checked">
            <Checkbox>{t.iMadeSure}</Checkbox>
          </Form.Item>
          <Button htmlType="submit" loading={add.isPending}>
            {t.addIdentity}
          </Button>
        </Form>
      )}
    </Card>
  );
}
