import { useQuery } from "@tanstack/react-query";
import { Button, Popconfirm, Segmented } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Badge, Moment, Trouble, useTold, Waiting } from "../../parts";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSave, type Flow } from "../settings/data";
import { compare, shortened } from "./diff";
import { words } from "./words";
import css from "./versions.module.css";

const SIGNS = { same: " ", gone: "−", new: "+" } as const;

/** Every version of a flow, who published it, what it changed; and back to one of them. */
export function Versions({ flow, mayPublish }: { flow: Flow; mayPublish: boolean }) {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const [chosen, setChosen] = useState<number | null>(null);
  const versions = useQuery({
    queryKey: ["flow", flow.id, "versions"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/flows/{id}/versions", { params: { path: { ...account, id: flow.id } } })),
  });
  const publish = useSave(
    async (path, version: number) => {
      const params = { path: { ...path, id: flow.id } };
      const { document } = await done(api.GET("/api/v1/accounts/{account_id}/flows/{id}", { params: { ...params, query: { version } } }));
      return done(api.PUT("/api/v1/accounts/{account_id}/flows/{id}", { params, body: { document, replaces: flow.version } }));
    },
    ["flows"],
    ["flow", flow.id],
  );
  if (versions.isPending) return <Waiting />;
  if (versions.isError) return <Trouble problem={versions.error} again={() => void versions.refetch()} />;
  const again = (version: number) =>
    // Read anew, the list has a sheet of its own for the new version, and this one is gone.
    publish.mutateAsync(version).then((made) => told.good(t.published(made.version)), told.bad);
  return (
    <ul className={css.versions} aria-label={t.versions}>
      {versions.data.map(({ version, at, user_name }, n) => {
        const before = versions.data[n + 1]?.version ?? null;
        const isOpen = chosen === version;
        return (
          <li key={version}>
            <div className={css.head}>
              <div>
                <strong>
                  {t.version} {version}
                </strong>{" "}
                {version === flow.version && <Badge tone="good">{t.isMet}</Badge>}
                <div className="soft">
                  <Moment at={at} /> · {user_name ?? t.house}
                </div>
              </div>
              <span className={css.acts}>
                <Button size="small" aria-expanded={isOpen} aria-label={`${isOpen ? t.close : t.look}: ${t.version} ${version}`} onClick={() => setChosen(isOpen ? null : version)}>
                  {isOpen ? t.close : t.look}
                </Button>
                {mayPublish && version !== flow.version && (
                  <Popconfirm title={t.againTitle(version)} description={<div style={{ maxWidth: 300 }}>{t.againHelp}</div>} okText={t.again} onConfirm={() => again(version)}>
                    <Button size="small" aria-label={`${t.again}: ${t.version} ${version}`} loading={publish.isPending && publish.variables === version}>
                      {t.again}
                    </Button>
                  </Popconfirm>
                )}
              </span>
            </div>
            {isOpen && <Version id={flow.id} version={version} before={before} />}
          </li>
        );
      })}
    </ul>
  );
}

/** Its steps: what it changed of the one before, or all of them. */
function Version({ id, version, before }: { id: string; version: number; before: number | null }) {
  const t = useWords(words);
  const account = useAccount();
  const [view, setView] = useState<"changes" | "whole">(before === null ? "whole" : "changes");
  const text = (which: number | null) => ({
    queryKey: ["flow", id, "version", which],
    enabled: which !== null,
    // What was published never changes.
    staleTime: Infinity,
    queryFn: async () => {
      const { document } = await done(
        api.GET("/api/v1/accounts/{account_id}/flows/{id}", { params: { path: { ...account, id }, query: { version: which ?? 0 } } }),
      );
      return JSON.stringify(document, null, 2);
    },
  });
  const own = useQuery(text(version));
  const older = useQuery(text(before));
  const fault = own.error ?? older.error;
  if (fault) return <Trouble problem={fault} />;
  if (own.data === undefined || (before !== null && older.data === undefined)) return <Waiting />;
  const rows = view === "whole" ? null : shortened(compare(older.data ?? "", own.data));
  return (
    <div className={css.open}>
      {before !== null && (
        <Segmented
          aria-label={t.view}
          value={view}
          onChange={setView}
          options={[
            { value: "changes" as const, label: t.changes(before) },
            { value: "whole" as const, label: t.whole },
          ]}
        />
      )}
      <pre className={css.text} tabIndex={0} aria-label={`${t.version} ${version}`}>
        {rows === null
          ? own.data
          : rows.map((row, n) =>
              row.is === "skipped" ? (
                <span key={n} className={css.skipped}>
                  {t.alike(row.count)}
                  {"\n"}
                </span>
              ) : (
                <span key={n} className={css[row.is]}>
                  {SIGNS[row.is]} {row.text}
                  {"\n"}
                </span>
              ),
            )}
      </pre>
    </div>
  );
}
