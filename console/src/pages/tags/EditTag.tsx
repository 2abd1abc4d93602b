import { AutoComplete, Button, Form, Input, Popconfirm, Select, Switch } from "antd";
import { useId, useState } from "react";
import { api, done } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { Tag as Chip } from "../../parts/Tag";
import { contrast, inkOn } from "../../theme/ink";
import { useWords } from "../../words";
import { useRoles, useSave } from "../settings/data";
import { roleNames } from "../settings/roles";
import type { Tag } from "./data";
import { words } from "./words";

interface Wish {
  name: string;
  group?: string;
  roles?: string[];
  active?: boolean;
}

const ACCOUNT = "/api/v1/accounts/{account_id}";
/** To begin with. */
const FIRST = "#0e6667";

/** A tag: its group, its colour, whose it is; or what it goes into. */
export function EditTag({ tag, all, onClose }: { tag: Tag | null; all: readonly Tag[]; onClose: () => void }) {
  const t = useWords(words);
  const names = useWords(roleNames);
  const told = useTold();
  const roles = useRoles().data;
  const [form] = Form.useForm<Wish>();
  const [colour, setColour] = useState(tag?.colour ?? "");
  const [into, setInto] = useState<string | undefined>();
  const id = useId();
  const name = Form.useWatch("name", form) ?? tag?.name ?? "";
  const save = useSave(
    async (account, wish: Wish) => {
      const body = { name: wish.name, group: wish.group ?? "", roles: wish.roles ?? [] };
      if (tag) await done(api.PUT(`${ACCOUNT}/tags/{id}`, { params: { path: { ...account, id: tag.id } }, body: { ...body, colour, active: wish.active ?? true } }));
      else await done(api.POST(`${ACCOUNT}/tags`, { params: { path: account }, body: { ...body, colour: colour || null } }));
    },
    ["tags"],
  );
  const merge = useSave((account, kept: string) => done(api.POST(`${ACCOUNT}/tags/{id}/merge`, { params: { path: { ...account, id: tag?.id ?? "" } }, body: { into: kept } })), ["tags"], ["contacts"], ["conversations"], ["segments"]);
  const good = (said: string) => () => {
    told.good(said);
    onClose();
  };
  const others = all.filter((one) => one.id !== tag?.id);
  const groups = [...new Set(all.flatMap((one) => one.group ?? []))].sort();
  return (
    <Sheet title={tag ? t.edit(tag.name) : t.add} object={tag ? `tag:${tag.id}` : undefined} confirm={tag ? undefined : t.create} isSaving={save.isPending} problem={save.error ?? merge.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish>
        form={form}
        layout="vertical"
        initialValues={{ name: tag?.name ?? "", group: tag?.group ?? "", roles: tag?.roles ?? [], active: tag?.active ?? true }}
        onFinish={(wish) => save.mutate(wish, { onSuccess: good(t.saved) })}
      >
        <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: t.needed }]}>
          <Input autoFocus={!tag} maxLength={64} />
        </Form.Item>
        <Form.Item name="group" label={t.group} extra={t.groupHelp}>
          <AutoComplete maxLength={64} allowClear options={groups.map((value) => ({ value }))} />
        </Form.Item>
        <Form.Item label={t.colour} htmlFor={id} extra={colour ? t.contrast(contrast(inkOn(colour), colour).toFixed(1)) : undefined}>
          <span style={{ display: "flex", gap: 8, alignItems: "center" }}>
            <input id={id} type="color" value={colour || FIRST} onChange={(event) => setColour(event.target.value)} />
            <Button size="small" disabled={!colour} onClick={() => setColour("")}>
              {t.noColour}
            </Button>
            {name && <Chip name={name} colour={colour || null} />}
          </span>
        </Form.Item>
        <Form.Item name="roles" label={t.roles} extra={t.rolesHelp}>
          <Select mode="multiple" options={(roles ?? []).map((role) => ({ value: role.name, label: names[role.name] ?? role.name }))} />
        </Form.Item>
        {tag && (
          <Form.Item name="active" label={t.active} valuePropName="checked" extra={t.activeHelp}>
            <Switch />
          </Form.Item>
        )}
      </Form>
      {tag && others.length > 0 && (
        <section>
          <h3>{t.merge}</h3>
          <p className="soft">{t.mergeHelp}</p>
          <div style={{ display: "flex", gap: 8 }}>
            <Select
              style={{ flex: 1 }}
              aria-label={t.merge}
              value={into}
              onChange={setInto}
              showSearch={{ optionFilterProp: "label" }}
              options={others.map((one) => ({ value: one.id, label: one.name }))}
            />
            <Popconfirm title={t.mergeSure(others.find((one) => one.id === into)?.name ?? "")} okText={t.mergeDo} onConfirm={() => into && merge.mutate(into, { onSuccess: good(t.merged) })}>
              <Button danger disabled={!into} loading={merge.isPending}>
                {t.mergeDo}
              </Button>
            </Popconfirm>
          </div>
        </section>
      )}
    </Sheet>
  );
}
