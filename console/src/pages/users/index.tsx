import { DownloadOutlined, TeamOutlined, UploadOutlined } from "@ant-design/icons";
import { Button, Input, Tag } from "antd";
import { lazy, Suspense, useState } from "react";
import { Badge, Page, useTold } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useAccount, useSession } from "../../session";
import { useLanguage, useWords } from "../../words";
import { take } from "../review/player/take";
import { useUsers, type User } from "../settings/data";
import { roleNames } from "../settings/roles";
import { EditUser } from "./EditUser";
import { NewUser } from "./NewUser";
import { PhoneNote, type Phone } from "./PhoneNote";
import { words as listWords } from "./list/words";
import { words } from "./words";

const BringIn = lazy(() => import("./list/BringIn"));

const matches = (user: User, text: string) =>
  [user.name, user.login, user.extension ?? "", user.email ?? ""].some((part) => part.toLowerCase().includes(text.trim().toLowerCase()));

export default function Users() {
  const t = useWords(words);
  const names = useWords(roleNames);
  const { user: me } = useSession();
  const users = useUsers();
  const [text, setText] = useState("");
  const [edited, setEdited] = useState<User | null>(null);
  const [isNew, setNew] = useState(false);
  const [phone, setPhone] = useState<Phone | null>(null);
  const [isList, setList] = useState(false);
  const l = useWords(listWords);
  const told = useTold();
  const { language } = useLanguage();
  const { account_id } = useAccount();
  const out = () => take(`/api/v1/accounts/${account_id}/users/export?language=${language}`, "users.csv").catch(told.bad);
  const add = (
    <>
      <Button icon={<DownloadOutlined />} onClick={() => void out()}>
        {l.export}
      </Button>
      <Button icon={<UploadOutlined />} onClick={() => setList(true)}>
        {l.open}
      </Button>
      <AddButton onClick={() => setNew(true)}>{t.add}</AddButton>
    </>
  );
  return (
    <Page title={t.title} about={t.about} actions={add}>
      <Input.Search allowClear aria-label={t.find} placeholder={t.find} value={text} onChange={(event) => setText(event.target.value)} style={{ maxWidth: 360 }} />
      <Listing<User>
        read={users}
        rows={users.data?.filter((user) => matches(user, text))}
        icon={<TeamOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        isPaged
        columns={[
          {
            title: t.name,
            dataIndex: "name",
            sorter: (a, b) => a.name.localeCompare(b.name),
            render: (name: string, user) => <NameButton onClick={() => setEdited(user)}>{name} {user.id === me.id && <span className="soft">({t.self})</span>}</NameButton>,
          },
          { title: t.login, dataIndex: "login" },
          { title: t.email, dataIndex: "email" },
          { title: t.roles, dataIndex: "roles", render: (roles: string[]) => roles.map((role) => <Tag key={role}>{names[role] ?? role}</Tag>) },
          { title: t.extension, dataIndex: "extension", className: "figures" },
          {
            title: t.state,
            dataIndex: "disabled",
            render: (isOut: boolean, user) => (
              <>
                <Badge tone={isOut ? "quiet" : "good"}>{isOut ? t.disabled : t.active}</Badge>{" "}
                {!isOut && user.must_change_password && <Badge tone="warn">{t.firstPassword}</Badge>}
              </>
            ),
          },
        ]}
      />
      {isNew && <NewUser onClose={() => setNew(false)} onPhone={setPhone} />}
      {edited && <EditUser key={edited.id} user={edited} onClose={() => setEdited(null)} onPhone={setPhone} />}
      {isList && (
        <Suspense>
          <BringIn onClose={() => setList(false)} />
        </Suspense>
      )}
      {phone && <PhoneNote phone={phone} onClose={() => setPhone(null)} />}
    </Page>
  );
}
