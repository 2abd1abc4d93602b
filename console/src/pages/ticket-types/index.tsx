import { PlusOutlined } from "@ant-design/icons";
import { Button, Table } from "antd";
import { useState } from "react";
import { Badge, Card, Empty, Page, Trouble } from "../../parts";
import { useWords } from "../../words";
import { useDepartments, usePeople, useTypes, type TicketType } from "../tickets/data";
import { EditDepartment, type Department } from "./EditDepartment";
import { EditType } from "./EditType";
import { words } from "./words";

export default function TicketTypes() {
  const t = useWords(words);
  const types = useTypes();
  const departments = useDepartments();
  const { data: people } = usePeople();
  const [type, setType] = useState<TicketType | "new" | null>(null);
  const [department, setDepartment] = useState<Department | "new" | null>(null);
  const nameOf = (id: string | null | undefined) => departments.data?.find((one) => one.id === id)?.name ?? t.nobody;
  const standing = (active: boolean) => <Badge tone={active ? "good" : "quiet"}>{active ? t.active : t.out}</Badge>;
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <Button type="primary" icon={<PlusOutlined />} onClick={() => setType("new")}>
          {t.add}
        </Button>
      }
    >
      {types.isError && <Trouble problem={types.error} again={() => void types.refetch()} />}
      <Table<TicketType>
        rowKey="id"
        size="middle"
        loading={types.isPending}
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={types.data ?? []}
        locale={{ emptyText: types.isPending ? " " : <Empty title={t.none}>{t.noneHelp}</Empty> }}
        columns={[
          {
            title: t.name,
            render: (_, one) => (
              <Button type="link" style={{ padding: 0 }} onClick={() => setType(one)}>
                {one.name}
              </Button>
            ),
          },
          { title: t.fields, render: (_, one) => one.fields.map((field) => field.name).join(", ") },
          { title: t.limit, className: "figures", render: (_, one) => one.limit_minutes && t.limitOf(one.limit_minutes) },
          { title: t.department, render: (_, one) => nameOf(one.department) },
          { title: t.state, render: (_, one) => standing(one.active) },
        ]}
      />
      <Card
        title={t.departments}
        flush
        actions={
          <Button icon={<PlusOutlined />} onClick={() => setDepartment("new")}>
            {t.addDepartment}
          </Button>
        }
      >
        <p className="soft" style={{ padding: "10px 16px", margin: 0 }}>
          {t.departmentsAbout}
        </p>
        {departments.isError && <Trouble problem={departments.error} again={() => void departments.refetch()} />}
        <Table<Department>
          rowKey="id"
          size="middle"
          loading={departments.isPending}
          pagination={false}
          scroll={{ x: "max-content" }}
          dataSource={departments.data ?? []}
          locale={{ emptyText: departments.isPending ? " " : <Empty title={t.noDepartments}>{t.noDepartmentsHelp}</Empty> }}
          columns={[
            {
              title: t.name,
              render: (_, one) => (
                <Button type="link" style={{ padding: 0 }} onClick={() => setDepartment(one)}>
                  {one.name}
                </Button>
              ),
            },
            { title: t.members, render: (_, one) => one.members.map((id) => people?.find((person) => person.id === id)?.name ?? "–").join(", ") },
            { title: t.state, render: (_, one) => standing(one.active) },
          ]}
        />
      </Card>
      {type && <EditType type={type === "new" ? null : type} onClose={() => setType(null)} />}
      {department && <EditDepartment department={department === "new" ? null : department} onClose={() => setDepartment(null)} />}
    </Page>
  );
}
