import { ArrowDownOutlined, ArrowUpOutlined, BranchesOutlined, ExperimentOutlined } from "@ant-design/icons";
import { Button, Switch } from "antd";
import { lazy, Suspense, useState } from "react";
import { api, done } from "../../api";
import { Page, Trouble, useTold } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { OCCASIONS } from "./action";
import { useRules, useSaid, type Rule } from "./data";
import { EditRule } from "./EditRule";
import { earlier, moved } from "./order";
import { Trial } from "./Trial";
import { words } from "./words";

const Past = lazy(() => import("../../parts/past/Past"));

interface Row extends Rule {
  at: number;
}

/** The rules in their order: what decides stands above what it decides over. */
export default function Rules() {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const said = useSaid();
  const kept = useRules();
  /** Its place; as many as there are: a new one. */
  const [edited, setEdited] = useState<number | null>(null);
  const [isTrying, setTrying] = useState(false);
  const rules = kept.data?.rules ?? [];
  const save = useSave(
    (at, { rules }: { rules: Rule[] }) => done(api.PUT("/api/v1/accounts/{account_id}/rules", { params: { path: at }, body: { replaces: kept.data?.version ?? 0, rules } })),
    ["rules"],
  );
  const keep = (next: Rule[], text = t.saved, then?: () => void) =>
    save.mutate(
      { rules: next },
      {
        onSuccess: () => {
          told.good(text);
          then?.();
        },
      },
    );
  const rows: Row[] = rules.map((rule, at) => ({ ...rule, at }));
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <>
          <Suspense>
            <Past object={`account:${account.account_id}`} />
          </Suspense>
          <Button icon={<ExperimentOutlined />} disabled={!kept.data} onClick={() => setTrying(true)}>
            {t.try}
          </Button>
          <AddButton disabled={!kept.data} onClick={() => setEdited(rules.length)}>{t.add}</AddButton>
        </>
      }
    >
      {save.error !== null && edited === null && <Trouble problem={save.error} />}
      <Listing<Row>
        read={kept}
        rows={rows}
        rowKey="name"
        icon={<BranchesOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.order,
            render: (_, { at, name }) => (
              <span style={{ whiteSpace: "nowrap" }}>
                <span className="figures">{at + 1}</span>{" "}
                <Button size="small" type="text" icon={<ArrowUpOutlined />} aria-label={t.up(name)} disabled={at === 0 || save.isPending} onClick={() => keep(moved(rules, at, -1))} />
                <Button size="small" type="text" icon={<ArrowDownOutlined />} aria-label={t.down(name)} disabled={at === rules.length - 1 || save.isPending} onClick={() => keep(moved(rules, at, 1))} />
              </span>
            ),
          },
          {
            title: t.name,
            render: (_, { at, name }) => <NameButton onClick={() => setEdited(at)}>{name}</NameButton>,
          },
          { title: t.on, render: (_, { on }) => t[OCCASIONS.find((known) => known === on) ?? "begins"] },
          { title: t.if, render: (_, rule) => <div style={{ maxWidth: 320, whiteSpace: "normal" }}>{said.condition(rule)}</div> },
          {
            title: t.then,
            render: (_, rule) => (
              <div style={{ maxWidth: 360, whiteSpace: "normal" }}>
                {said.actions(rule).map((text, n) => (
                  <div key={n}>{text}</div>
                ))}
                {earlier(rules, rule.at).map(({ what, rule: before }) => (
                  <div key={what} className="soft">
                    {t.after(String(t[what as keyof typeof t] ?? what), before)}
                  </div>
                ))}
              </div>
            ),
          },
          {
            title: t.active,
            render: (_, { at, name, disabled }) => (
              <Switch size="small" checked={!disabled} loading={save.isPending} aria-label={t.switch(name)} onChange={(on) => keep(rules.map((rule, n) => (n === at ? { ...rule, disabled: !on } : rule)))} />
            ),
          },
        ]}
      />
      {edited !== null && (
        <EditRule
          rule={rules[edited] ?? null}
          others={rules.filter((_, n) => n !== edited).map((rule) => rule.name)}
          isSaving={save.isPending}
          problem={save.error}
          onSave={(rule) => keep(edited < rules.length ? rules.map((one, n) => (n === edited ? rule : one)) : [...rules, rule], t.saved, () => setEdited(null))}
          onRemove={() =>
            keep(
              rules.filter((_, n) => n !== edited),
              t.removed,
              () => setEdited(null),
            )
          }
          onClose={() => {
            save.reset();
            setEdited(null);
          }}
        />
      )}
      {isTrying && <Trial rules={rules} onClose={() => setTrying(false)} />}
    </Page>
  );
}
