import { Form, Input, Select, Switch } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { usePeople } from "../tickets/data";
import { words } from "./words";

export type Department = Shown["DepartmentReply"];

interface Wish {
  name: string;
  members?: string[];
  active?: boolean;
}

/** Who settles tickets without talking to contacts. */
export function EditDepartment({ department, onClose }: { department: Department | null; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const { data: people } = usePeople();
  const [form] = Form.useForm<Wish>();
  const save = useSave(
    async (account, wish: Wish) => {
      const body = { name: wish.name, members: wish.members ?? [], active: wish.active ?? true };
      if (department) await done(api.PUT("/api/v1/accounts/{account_id}/departments/{id}", { params: { path: { ...account, id: department.id } }, body }));
      else await done(api.POST("/api/v1/accounts/{account_id}/departments", { params: { path: account }, body }));
    },
    ["departments"],
  );
  const good = () => {
    told.good(t.saved);
    onClose();
  };
  const before: Wish = department ?? { name: "", members: [], active: true };
  return (
    <Sheet title={department ? t.editDepartment(department.name) : t.addDepartment} object={department ? `department:${department.id}` : undefined} confirm={department ? undefined : t.create} isSaving={save.isPending} problem={save.error} onSave={form.submit} onClose={onClose}>
      <Form<Wish> form={form} layout="vertical" initialValues={before} onFinish={(wish) => save.mutate(wish, { onSuccess: good })}>
        <Form.Item name="name" label={t.name} rules={[{ required: true, whitespace: true, message: t.needed }]}>
          <Input autoFocus={!department} maxLength={64} />
        </Form.Item>
        <Form.Item name="members" label={t.members}>
          <Select mode="multiple" optionFilterProp="label" options={(people ?? []).filter((one) => one.active).map((one) => ({ value: one.id, label: one.name }))} />
        </Form.Item>
        {department && (
          <Form.Item name="active" label={t.active} valuePropName="checked">
            <Switch />
          </Form.Item>
        )}
      </Form>
    </Sheet>
  );
}
