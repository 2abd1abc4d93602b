import { useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { api, done, problemText } from "../../api";
import { kindNames } from "../../notices/words";
import { useTold } from "../../parts";
import { Modal } from "../../parts/Modal";
import { useAccount } from "../../session";
import { useLanguage, useWords } from "../../words";
import { put, useSaveSetup, type Kind, type Setup } from "./data";
import { words } from "./words";

const LANGUAGES = ["en", "zh-CN"] as const;

/** What one kind of notice says, in each language, with how it will look. */
export function EditText({ setup, kind, close }: { setup: Setup; kind: Kind; close: () => void }) {
  const t = useWords(words);
  const kinds = useWords(kindNames);
  const told = useTold();
  const save = useSaveSetup(setup);
  const [texts, setTexts] = useState<Record<string, string>>(setup.texts[kind.kind] ?? {});
  const keep = () => {
    const own = Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim()));
    save.mutate(
      { texts: put(setup.texts, kind.kind, Object.keys(own).length > 0 ? own : null) },
      {
        onSuccess: () => {
          told.good(t.saved);
          close();
        },
        onError: told.bad,
      },
    );
  };
  return (
    <Modal title={t.edit(kinds[kind.kind] ?? kind.kind)} onCancel={close} onOk={keep} okText={t.save} cancelText={t.cancel} confirmLoading={save.isPending}>
      <div className="notice-texts">
        <p className="soft">{t.textsHelp}</p>
        <p>
          {t.variables}: {kind.variables.length > 0 ? kind.variables.map((name) => <code key={name}>{` {${name}} `}</code>) : t.none}
        </p>
        {LANGUAGES.map((language) => {
          const name = language === "en" ? t.en : t.zh;
          const shipped = kind.texts[language] ?? "";
          const text = texts[language] ?? "";
          return (
            <div key={language}>
              <label htmlFor={`notice-${language}`}>{name}</label>
              <Input
                id={`notice-${language}`}
                lang={language}
                maxLength={200}
                placeholder={shipped}
                value={text}
                onChange={({ target }) => setTexts(put(texts, language, target.value))}
              />
              <Preview kind={kind.kind} text={text.trim() || shipped} />
              {text && (
                <Button type="link" size="small" onClick={() => setTexts(put(texts, language, null))}>
                  {t.back}: {name}
                </Button>
              )}
            </div>
          );
        })}
      </div>
    </Modal>
  );
}

function Preview({ kind, text }: { kind: string; text: string }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const account = useAccount();
  const shown = useQuery({
    queryKey: ["notice_preview", kind, text],
    queryFn: () => done(api.POST("/api/v1/accounts/{account_id}/notice_setup/preview", { params: { path: account }, body: { kind, text } })),
    placeholderData: (before) => before,
  });
  return (
    <p className="soft" role="status">
      {t.preview}: {shown.isError ? problemText(shown.error, language) : shown.data?.text}
    </p>
  );
}
