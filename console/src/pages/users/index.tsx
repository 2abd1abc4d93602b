import { PlusOutlined } from "@ant-design/icons";
import { Button, Input, Table, Tag } from "antd";
import { useState } from "react";
import { Badge, Empty, Page, Trouble } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useUsers, type User } from "../settings/data";
import { roleNames } from "../settings/roles";
import { EditUser } from "./EditUser";
import { NewUser } from "./NewUser";
import { PhoneNote, type Phone } from "./PhoneNote";
import { words } from "./words";

const matches = (user: User, text: string) =>
  [user.name, user.login, user.extension ?? ""].some((part) => part.toLowerCase().includes(text.trim().toLowerCase()));

export default function Users() {
  const t = useWords(words);
  const names = useWords(roleNames);
  const { user: me } = useSession();
  const users = useUsers();
  const [text, setText] = useState("");
  const [edited, setEdited] = useState<User | null>(null);
  const [isNew, setNew] = useState(false);
  const [phone, setPhone] = useState<Phone | null>(null);
  const add = (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setNew(true)}>
      {t.add}
    </Button>
  );
  return (
    <Page title={t.title} about={t.about} actions={add}>
      {users.isError && <Trouble problem={users.error} again={() => void users.refetch()} />}
      <Input.Search allowClear aria-label={t.find} placeholder={t.find} value={text} onChange={(event) => setText(event.target.value)} style={{ maxWidth: 360 }} />
      <Table<User>
        rowKey="id"
        size="middle"
        loading={users.isPending}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: "max-content" }}
        dataSource={(users.data ?? []).filter((user) => matches(user, text))}
        locale={{ emptyText: users.isPending ? " " : <Empty title={t.none}>{t.noneHelp}</Empty> }}
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            sorter: (a, b) => a.name.localeCompare(b.name),
            render: (name: string, user) => (
              <Button type="link" style={{ padding: 0 }} onClick={() => setEdited(user)}>
                {name} {user.id === me.id && <span className="soft">({t.self})</span>}
              </Button>
            ),
          },
          { title: t.login, dataIndex: "login" },
          { title: t.roles, dataIndex: "roles", render: (roles: string[]) => roles.map((role) => <Tag key={role}>{names[role] ?? role}</Tag>) },
          { title: t.extension, dataIndex: "extension", className: "figures" },
          {
            title: t.state,
            dataIndex: "disabled",
            render: (isOut: boolean) => <Badge tone={isOut ? "quiet" : "good"}>{isOut ? t.disabled : t.active}</Badge>,
          },
        ]}
      />
      {isNew && <NewUser onClose={() => setNew(false)} onPhone={setPhone} />}
      {edited && <EditUser key={edited.id} user={edited} onClose={() => setEdited(null)} onPhone={setPhone} />}
      {phone && <PhoneNote phone={phone} onClose={() => setPhone(null)} />}
    </Page>
  );
}
