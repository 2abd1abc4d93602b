import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Popconfirm } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Badge, Card, Moment, Trouble, useTold } from "../../parts";
import { Modal } from "../../parts/Modal";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { words } from "./words";

interface Wish {
  pin: string;
  hours: number;
}

/** The code by which every number is closed from any telephone: set here, typed there. */
export function ClosingCode() {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const { may } = useSession();
  const [isOpen, setOpen] = useState(false);
  const [form] = Form.useForm<Wish>();
  const code = useQuery({
    queryKey: ["closure_pin"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/closure_pin", { params: { path: account } })),
  });
  const set = useSave((path, body: Wish) => done(api.PUT("/api/v1/accounts/{account_id}/closure_pin", { params: { path }, body })), ["closure_pin"]);
  const remove = useSave((path) => done(api.DELETE("/api/v1/accounts/{account_id}/closure_pin", { params: { path } })), ["closure_pin"]);
  if (code.isPending) return null;
  if (code.isError) return <Trouble problem={code.error} again={() => void code.refetch()} />;
  const { set: isSet, set_at, hours } = code.data;
  const good = () => {
    told.good(t.saved);
    setOpen(false);
  };
  return (
    <Card title={t.byTelephone}>
      <p className="soft">{t.byTelephoneHelp}</p>
      <p>
        <Badge tone={isSet ? "good" : "quiet"}>{isSet ? t.codeSet : t.codeNone}</Badge>{" "}
        {set_at && (
          <>
            <Moment at={set_at} /> · {t.lasts(hours ?? 0)}
          </>
        )}
      </p>
      {may("inboxes.edit") && (
        <p style={{ display: "flex", gap: 8, marginTop: 8 }}>
          <Button onClick={() => setOpen(true)}>{isSet ? t.codeChange : t.codeMake}</Button>
          {isSet && (
            <Popconfirm title={t.codeRemove} okText={t.codeRemove} onConfirm={() => remove.mutate(undefined, { onSuccess: good, onError: told.bad })}>
              <Button loading={remove.isPending}>{t.codeRemove}</Button>
            </Popconfirm>
          )}
        </p>
      )}
      {isOpen && (
        <Modal title={t.byTelephone} okText={t.codeKeep} okButtonProps={{ loading: set.isPending }} onOk={() => form.submit()} onCancel={() => setOpen(false)}>
          {set.isError && <Trouble problem={set.error} />}
          <Form<Wish> form={form} layout="vertical" initialValues={{ hours: hours ?? 12 }} onFinish={(wish) => set.mutate(wish, { onSuccess: good })}>
            <Form.Item name="pin" label={t.code} extra={t.codeHelp} rules={[{ required: true, pattern: /^\d{6,12}$/, message: t.codeHelp }]}>
              <Input.Password inputMode="numeric" autoComplete="off" maxLength={12} />
            </Form.Item>
            <Form.Item name="hours" label={t.codeHours} rules={[{ required: true }]}>
              <InputNumber min={1} max={168} precision={0} />
            </Form.Item>
          </Form>
        </Modal>
      )}
    </Card>
  );
}
