import { Button, DatePicker, Form, Input, InputNumber, Select } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { api, done } from "../../api";
import { Card, Trouble, useTold } from "../../parts";
import { TagSelect } from "../../parts/TagSelect";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useAgents, useSave } from "../settings/data";
import { useFields, useTags, type Contact, type Field } from "./data";
import { words } from "./words";

interface Wish {
  name: string;
  language: string;
  tier: string;
  agent: string;
  tags: string[];
  fields: Record<string, string | number | Dayjs | null | undefined>;
}

/** What is known of them; also the fields that the account adds. */
export function Profile({ contact }: { contact: Contact }) {
  const t = useWords(words);
  const told = useTold();
  const { may } = useSession();
  const { data: fields, isSuccess } = useFields();
  const { data: tags } = useTags();
  const { data: agents } = useAgents();
  const mayEdit = may("contacts.edit");
  const save = useSave(async (account, wish: Wish) => {
    const path = { ...account, id: contact.id };
    const text = (value: Wish["fields"][string]) => (dayjs.isDayjs(value) ? value.format("YYYY-MM-DD") : value === null || value === undefined ? "" : String(value));
    // A hidden value is left as it is.
    const changed = (fields ?? []).filter((field) => wish.fields?.[field.id] !== undefined || contact.fields[field.id] !== undefined).filter((field) => text(wish.fields?.[field.id]) !== (contact.fields[field.id] ?? ""));
    const body = { name: wish.name ?? "", language: wish.language ?? "", tier: wish.tier, agent: wish.agent ?? "", fields: Object.fromEntries(changed.map((field) => [field.id, text(wish.fields[field.id])])) };
    await done(api.PUT("/api/v1/accounts/{account_id}/contacts/{id}", { params: { path }, body }));
    await done(api.PUT("/api/v1/accounts/{account_id}/contacts/{id}/tags", { params: { path }, body: { tags: wish.tags } }));
  }, ["contacts"], ["conversation"]);
  const kept = (field: Field) => {
    const value = contact.fields[field.id];
    return field.kind === "date" && value && value !== "•••" ? dayjs(value) : value;
  };
  const enter = (field: Field) => {
    if (contact.fields[field.id] === "•••") return <Input disabled />;
    switch (field.kind) {
      case "number":
        return <InputNumber<string> stringMode style={{ width: "100%" }} />;
      case "date":
        return <DatePicker style={{ width: "100%" }} />;
      case "choice":
        return <Select allowClear options={field.choices.map((value) => ({ value, label: value }))} />;
      default:
        return <Input maxLength={1000} />;
    }
  };
  if (!isSuccess) return null;
  return (
    <Card title={t.profile}>
      {save.isError && <Trouble problem={save.error} />}
      <Form<Wish>
        layout="vertical"
        disabled={!mayEdit}
        initialValues={{ name: contact.name ?? "", language: contact.language ?? "", tier: contact.tier, agent: contact.agent ?? "", tags: contact.tags, fields: Object.fromEntries(fields.map((field) => [field.id, kept(field)])) }}
        onFinish={(wish) => save.mutate(wish, { onSuccess: () => told.good(t.saved) })}
      >
        <Form.Item name="name" label={t.name}>
          <Input maxLength={128} />
        </Form.Item>
        <Form.Item name="tier" label={t.tier}>
          <Select options={(["standard", "preferred", "vip"] as const).map((value) => ({ value, label: t[value] }))} />
        </Form.Item>
        <Form.Item name="agent" label={t.ownAgent} extra={t.ownAgentHelp}>
          <Select
            showSearch={{ optionFilterProp: "label" }}
            options={[{ value: "", label: t.nobody }, ...(agents ?? []).filter((agent) => agent.active || agent.id === contact.agent).map((agent) => ({ value: agent.id, label: agent.name }))]}
          />
        </Form.Item>
        <Form.Item name="language" label={t.language} extra={t.languageHelp}>
          <Input maxLength={35} />
        </Form.Item>
        <Form.Item name="tags" label={t.tags}>
          <TagSelect tags={tags ?? []} />
        </Form.Item>
        {fields
          .filter((field) => field.active || contact.fields[field.id] !== undefined)
          .map((field) => (
            <Form.Item key={field.id} name={["fields", field.id]} label={field.name}>
              {enter(field)}
            </Form.Item>
          ))}
        {mayEdit && (
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t.save}
          </Button>
        )}
      </Form>
    </Card>
  );
}
