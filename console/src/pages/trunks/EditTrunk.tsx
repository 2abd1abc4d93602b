import { Form, Input, InputNumber, Select, Switch } from "antd";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { SureButton } from "../../parts/SureButton";
import { useWords } from "../../words";
import { useSave, type Trunk } from "../settings/data";
import { apart, read, together, type Fields } from "./settings";
import { words } from "./words";

interface Wish extends Fields {
  name: string;
  networks: string[];
  password?: string;
  rest: string;
}

export function EditTrunk({ trunk, onClose }: { trunk: Trunk | null; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const [form] = Form.useForm<Wish>();
  const { fields, rest } = apart((trunk?.settings ?? {}) as Record<string, unknown>);
  const save = useSave(async (account, { name, networks, password, rest: text, ...own }: Wish) => {
    const body = { name: name.trim(), networks, settings: together(own, read(text) ?? {}) as Record<string, never>, ...(password && { password }) };
    if (trunk) await done(api.PUT("/api/v1/accounts/{account_id}/trunks/{name}", { params: { path: { ...account, name: trunk.name } }, body }));
    else await done(api.POST("/api/v1/accounts/{account_id}/trunks", { params: { path: account }, body }));
  }, ["trunks"]);
  const remove = useSave((account, name: string) => done(api.DELETE("/api/v1/accounts/{account_id}/trunks/{name}", { params: { path: { ...account, name } } })), ["trunks"]);
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  return (
    <Sheet
      title={trunk ? t.edit(trunk.name) : t.add}
      object={trunk ? `trunk:${trunk.id}` : undefined}
      confirm={trunk ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? remove.error}
      aside={
        trunk && (
          <SureButton help={t.removeHelp} loading={remove.isPending} onSure={() => remove.mutate(trunk.name, { onSuccess: onClose })}>
            {t.remove}
          </SureButton>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form<Wish>
        form={form}
        layout="vertical"
        initialValues={{
          preset: "generic",
          transport: "",
          srtp: "off",
          ...fields,
          name: trunk?.name,
          networks: trunk?.networks ?? [],
          rest: Object.keys(rest).length > 0 ? JSON.stringify(rest, null, 2) : "",
        }}
        onFinish={(wish) => save.mutate(wish, { onSuccess: good })}
      >
        <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: t.needed }]}>
          <Input autoFocus={!trunk} maxLength={80} />
        </Form.Item>
        <Form.Item name="preset" label={t.preset}>
          <Select
            options={[
              { value: "generic", label: t.generic },
              { value: "cn-ims", label: t.cnIms },
            ]}
          />
        </Form.Item>
        <Form.Item name="networks" label={t.networks} extra={t.networksHelp}>
          <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} />
        </Form.Item>
        <Form.Item name="host" label={t.host} extra={t.hostHelp}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="port" label={t.port}>
          <InputNumber min={1} max={65_535} precision={0} style={{ width: 140 }} />
        </Form.Item>
        <Form.Item name="transport" label={t.transport}>
          <Select options={[{ value: "", label: t.dns }, ...["udp", "tcp", "tls"].map((value) => ({ value, label: value.toUpperCase() }))]} />
        </Form.Item>
        <Form.Item name="username" label={t.username}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="password" label={t.password} extra={trunk?.has_password ? t.kept : undefined}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item name="register" label={t.register} valuePropName="checked">
          <Switch />
        </Form.Item>
        <Form.Item name="max_calls" label={t.maxCalls} extra={t.noLimit}>
          <InputNumber min={1} max={100_000} precision={0} style={{ width: 140 }} />
        </Form.Item>
        <Form.Item name="srtp" label={t.srtp}>
          <Select options={["off", "optional", "offered", "required"].map((value) => ({ value, label: t[value as "off"] }))} />
        </Form.Item>
        <Form.Item
          name="rest"
          label={t.more}
          extra={t.moreHelp}
          rules={[{ validator: (_, text: string) => (read(text ?? "") ? Promise.resolve() : Promise.reject(new Error(t.noJson))) }]}
        >
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 16 }} spellCheck={false} style={{ fontFamily: "ui-monospace, Menlo, Consolas, monospace", fontSize: 13 }} />
        </Form.Item>
      </Form>
    </Sheet>
  );
}
