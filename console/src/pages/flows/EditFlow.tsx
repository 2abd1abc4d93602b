import { Alert, Input, Segmented } from "antd";
import { useId, useState } from "react";
import { api, done, Problem } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useWords } from "../../words";
import { useSave, type Flow } from "../settings/data";
import { Versions } from "./Versions";
import { words } from "./words";

interface Props {
  flow: Flow;
  mayPublish: boolean;
  onClose: () => void;
}

/** A flow as it is written, with every fault named by its place. */
export function EditFlow({ flow, mayPublish, onClose }: Props) {
  const t = useWords(words);
  const told = useTold();
  const id = useId();
  const [text, setText] = useState(() => JSON.stringify(flow.document, null, 2));
  const [view, setView] = useState<"steps" | "versions">("steps");
  const [noJson, setNoJson] = useState<string | null>(null);
  const publish = useSave(
    (account, document: unknown) =>
      done(
        api.PUT("/api/v1/accounts/{account_id}/flows/{id}", {
          params: { path: { ...account, id: flow.id } },
          body: { document, replaces: flow.version },
        }),
      ),
    ["flows"],
    ["inboxes"],
  );
  const save = () => {
    if (!mayPublish || view === "versions") return onClose();
    try {
      const document: unknown = JSON.parse(text);
      setNoJson(null);
      // The new version takes this sheet's place as soon as the list is read; what `mutate` were to call then would never be called.
      publish.mutateAsync(document).then(
        ({ version }) => {
          told.good(t.published(version));
          onClose();
        },
        () => undefined, // it stands in the sheet
      );
    } catch (fault) {
      setNoJson(fault instanceof Error ? fault.message : String(fault));
    }
  };
  const faults = publish.error instanceof Problem ? (publish.error.errors ?? []) : [];
  return (
    <Sheet
      wide
      title={t.edit(`${flow.name} · ${t.version} ${flow.version}`)}
      object={`flow:${flow.id}`}
      confirm={mayPublish && view === "steps" ? t.publish : t.close}
      isSaving={publish.isPending}
      problem={faults.length > 0 ? null : publish.error}
      onSave={save}
      onClose={onClose}
    >
      <Segmented
        aria-label={t.view}
        value={view}
        onChange={setView}
        options={[
          { value: "steps" as const, label: t.steps },
          { value: "versions" as const, label: t.versions },
        ]}
        style={{ marginBottom: 14 }}
      />
      {view === "versions" ? (
        <Versions flow={flow} mayPublish={mayPublish} />
      ) : (
        <>
          {!mayPublish && <Alert type="info" title={t.readOnly} style={{ marginBottom: 12 }} />}
          {noJson && <Alert type="error" showIcon title={t.noJson(noJson)} style={{ marginBottom: 12 }} />}
          {faults.length > 0 && (
            <Alert
              type="error"
              showIcon
              style={{ marginBottom: 12 }}
              title={t.faults}
              description={
                <ul style={{ margin: 0, paddingInlineStart: 18 }}>
                  {faults.map((fault) => (
                    <li key={fault.pointer + fault.detail}>
                      <code>{fault.pointer}</code> {fault.detail}
                    </li>
                  ))}
                </ul>
              }
            />
          )}
          <label htmlFor={id}>
            <strong>{t.document}</strong> <span className="soft">{t.documentHelp}</span>
          </label>
          <Input.TextArea
            id={id}
            value={text}
            readOnly={!mayPublish}
            spellCheck={false}
            autoSize={{ minRows: 18, maxRows: 60 }}
            style={{ marginTop: 8, fontFamily: "ui-monospace, Menlo, Consolas, monospace", fontSize: 13 }}
            onChange={(event) => setText(event.target.value)}
          />
        </>
      )}
    </Sheet>
  );
}
