import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Select, Switch } from "antd";
import { useId, useState } from "react";
import { api, done } from "../../api";
import { Card, Empty, Page, Trouble, useTold, Waiting } from "../../parts";
import Past from "../../parts/past/Past";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { Branch } from "./Branch";
import { entries, fault, fresh, taken, type Entry, type Shown } from "./tree";
import { words } from "./words";

export default function Dispositions() {
  const t = useWords(words);
  const account = useAccount();
  const all = useQuery({
    queryKey: ["dispositions"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/dispositions", { params: { path: account } })),
  });
  const id = useId();
  /** A queue; empty: those without their own. */
  const [of, setOf] = useState("");
  const queue = all.data?.queues.find((one) => one.queue === of);
  const tree = of ? queue?.own : all.data?.default;
  return (
    <Page title={t.title} about={t.about}>
      {all.isPending && <Waiting />}
      {all.isError && <Trouble problem={all.error} again={() => void all.refetch()} />}
      {all.isSuccess && (
        <>
          <div style={{ display: "flex", flexWrap: "wrap", gap: 8, alignItems: "center" }}>
            <label htmlFor={id}>{t.of}</label>
            <Select
              id={id}
              style={{ minWidth: 260 }}
              value={of}
              onChange={setOf}
              options={[
                { value: "", label: t.everybody },
                ...all.data.queues.map((one) => ({ value: one.queue, label: one.own ? `${one.name} · ${t.own}` : one.name })),
              ]}
            />
            <Past object={of ? `queue:${of}` : `account:${account.account_id}`} used={`dispositions:${of || account.account_id}`} />
          </div>
          <Tree key={`${of}${tree?.version ?? 0}`} queue={of || null} shown={(tree?.tree ?? []) as Shown[]} version={tree?.version ?? 0} isRequired={queue?.required ?? false} />
        </>
      )}
    </Page>
  );
}

interface TreeProps {
  queue: string | null;
  shown: readonly Shown[];
  version: number;
  isRequired: boolean;
}

function Tree({ queue, shown, version, isRequired }: TreeProps) {
  const t = useWords(words);
  const told = useTold();
  const { may } = useSession();
  const mayEdit = may("queues.edit");
  const [tree, setTree] = useState<Entry[]>(() => entries(shown));
  const [required, setRequired] = useState(isRequired);
  const [isChanged, setChanged] = useState(false);
  const [wrong, setWrong] = useState<"noKey" | "sameKey" | null>(null);
  const requiredId = useId();
  const publish = useSave(
    (account, body: { tree: ReturnType<typeof taken>; required?: boolean }) =>
      done(api.PUT("/api/v1/accounts/{account_id}/dispositions", { params: { path: account }, body: { ...body, queue, replaces: version } })),
    ["dispositions"],
  );
  const put = (next: Entry[]) => {
    setTree(next);
    setChanged(true);
    setWrong(null);
  };
  const save = () => {
    const found = fault(tree);
    setWrong(found);
    if (found) return;
    publish.mutate({ tree: taken(tree), ...(queue && { required }) }, { onSuccess: (made) => told.good(t.published(made.version)), onError: told.bad });
  };
  const discard = () => {
    setTree(entries(shown));
    setRequired(isRequired);
    setChanged(false);
    setWrong(null);
  };
  return (
    <Card
      title={<span className="soft">{t.version(version)}</span>}
      actions={
        mayEdit && (
          <>
            {isChanged && <Button onClick={discard}>{t.discard}</Button>}
            <Button type="primary" disabled={!isChanged} loading={publish.isPending} onClick={save}>
              {t.publish}
            </Button>
          </>
        )
      }
    >
      {!mayEdit && <Alert type="info" title={t.readOnly} />}
      {wrong && <Alert type="error" showIcon title={t[wrong]} style={{ marginBottom: 12 }} />}
      {queue && (
        <p style={{ marginBottom: 12 }}>
          <Switch
            id={requiredId}
            size="small"
            disabled={!mayEdit}
            checked={required}
            onChange={(on) => {
              setRequired(on);
              setChanged(true);
            }}
          />{" "}
          <label htmlFor={requiredId}>{t.required}</label>
        </p>
      )}
      {tree.length === 0 && <Empty title={t.none}>{t.noneHelp}</Empty>}
      <Branch all={tree} whole={tree} depth={1} mayEdit={mayEdit} onTree={put} />
      {mayEdit && (
        <Button type="dashed" block onClick={() => put([...tree, fresh()])}>
          {t.add}
        </Button>
      )}
    </Card>
  );
}
