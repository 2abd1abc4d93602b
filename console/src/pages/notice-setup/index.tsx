import { Button, Select } from "antd";
import { lazy, Suspense, useState } from "react";
import { MatrixTable } from "../../notices/MatrixTable";
import { inWords } from "../../notices/data";
import { kindNames } from "../../notices/words";
import { Badge, Card, Page, Trouble, useTold, Waiting } from "../../parts";
import { useAccount } from "../../session";
import { useLanguage, useWords } from "../../words";
import { useRoles } from "../settings/data";
import { roleNames } from "../settings/roles";
import { put, useNoticeSetup, useSaveSetup, type Kind, type Setup } from "./data";
import { EditText } from "./EditText";
import { words } from "./words";
import "../../notices/notices.css";

const Past = lazy(() => import("../../parts/past/Past"));

/** What staff are told, in the house's words, and how while they have not chosen. */
export default function NoticeSetup() {
  const t = useWords(words);
  const account = useAccount();
  const setup = useNoticeSetup();
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <Suspense>
          <Past object={`account:${account.account_id}`} />
        </Suspense>
      }
    >
      {setup.isPending && <Waiting />}
      {setup.isError && <Trouble problem={setup.error} again={() => void setup.refetch()} />}
      {setup.data && <Texts setup={setup.data} />}
      {setup.data && <Defaults setup={setup.data} />}
    </Page>
  );
}

function Texts({ setup }: { setup: Setup }) {
  const t = useWords(words);
  const kinds = useWords(kindNames);
  const { language } = useLanguage();
  const [edited, setEdited] = useState<Kind | null>(null);
  return (
    <Card title={t.texts}>
      <ul className="notices-list">
        {setup.kinds.map((kind) => {
          const own = setup.texts[kind.kind];
          const name = kinds[kind.kind] ?? kind.kind;
          return (
            <li key={kind.kind}>
              <span className="notices-kind soft">
                {name}
                {own && <Badge tone="quiet">{t.own}</Badge>}
              </span>
              <Button type="link" style={{ alignSelf: "start", padding: 0, height: "auto", whiteSpace: "normal", textAlign: "start" }} aria-label={t.edit(name)} onClick={() => setEdited(kind)}>
                {inWords({ ...kind.texts, ...own }, language)}
              </Button>
            </li>
          );
        })}
      </ul>
      {edited && <EditText key={edited.kind} setup={setup} kind={edited} close={() => setEdited(null)} />}
    </Card>
  );
}

function Defaults({ setup }: { setup: Setup }) {
  const t = useWords(words);
  const kinds = useWords(kindNames);
  const names = useWords(roleNames);
  const told = useTold();
  const roles = useRoles();
  const save = useSaveSetup(setup);
  const [role, setRole] = useState("agent");
  const matrix = setup.roles[role] ?? {};
  const choose = (kind: string, channels: string[] | null) => {
    const next = put(matrix, kind, channels);
    save.mutate({ roles: put(setup.roles, role, Object.keys(next).length > 0 ? next : null) }, { onSuccess: () => told.good(t.saved), onError: told.bad });
  };
  const name = names[role] ?? role;
  return (
    <Card title={t.defaults}>
      <p className="soft">{t.defaultsHelp}</p>
      <Select
        aria-label={t.role}
        value={role}
        onChange={setRole}
        style={{ minWidth: 200 }}
        options={(roles.data ?? []).map((one) => ({ value: one.name, label: names[one.name] ?? one.name }))}
      />
      <MatrixTable
        name={t.matrix(name)}
        rows={setup.kinds.map((kind) => ({ kind: kind.kind, channels: matrix[kind.kind] ?? kind.channels }))}
        change={choose}
        beside={(kind) =>
          kind in matrix ? (
            <Button type="link" size="small" aria-label={t.reset(kinds[kind] ?? kind)} onClick={() => choose(kind, null)}>
              {t.back}
            </Button>
          ) : (
            <span className="soft">{t.shipped}</span>
          )
        }
      />
    </Card>
  );
}
