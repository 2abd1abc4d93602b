import { PlusOutlined, ProfileOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { Badge, Card, Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
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
        <AddButton onClick={() => setType("new")}>{t.add}</AddButton>
      }
    >
      <Listing<TicketType>
        read={types}
        rows={types.data}
        icon={<ProfileOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.name,
            render: (_, one) => <NameButton onClick={() => setType(one)}>{one.name}</NameButton>,
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
        <Listing<Department>
          read={departments}
          rows={departments.data}
          none={t.noDepartments}
          noneHelp={t.noDepartmentsHelp}
          columns={[
            {
              title: t.name,
              render: (_, one) => <NameButton onClick={() => setDepartment(one)}>{one.name}</NameButton>,
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
