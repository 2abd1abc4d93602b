import { UploadOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Progress, Segmented } from "antd";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { api, done, problemText } from "../../api";
import { Badge, useTold } from "../../parts";
import { Drawer } from "../../parts/Drawer";
import { SureButton } from "../../parts/SureButton";
import { useAccount } from "../../session";
import { useLanguage, useWords } from "../../words";
import { useSave } from "../settings/data";
import { ByTelephone } from "./ByTelephone";
import { SPOKEN, useSound, type Prompt, type Spoken } from "./data";
import { standing } from "./list";
import { Recorder } from "./Recorder";
import { Takes } from "./Takes";
import { soundFault } from "./trouble";
import { LARGEST, upload } from "./upload";
import { TONES, words } from "./words";
import css from "./prompts.module.css";

const Past = lazy(() => import("../../parts/past/Past"));

interface Props {
  id: string;
  /** None yet, of one that is just made. */
  prompt: Prompt | undefined;
  first: Spoken;
  mayEdit: boolean;
  onClose: () => void;
}

/** One prompt: what callers hear of it in each language, and other takes. */
export function EditPrompt({ id, prompt, first, mayEdit, onClose }: Props) {
  const t = useWords(words);
  const { language: reads } = useLanguage();
  const told = useTold();
  const client = useQueryClient();
  const { account_id } = useAccount();
  const [language, setLanguage] = useState<Spoken>(first);
  const [part, setPart] = useState<number | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const stopping = useRef<AbortController | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const sound = useSound(language, id);
  const now = prompt && standing(prompt, language);
  const state = now?.state ?? "missing";
  const retire = useSave(
    (path, name: Spoken) => done(api.DELETE("/api/v1/accounts/{account_id}/prompts/{name}/{id}", { params: { path: { ...path, name, id } } })),
    ["prompts"],
    ["prompt", language, id],
  );
  useEffect(() => () => stopping.current?.abort(), []);

  const send = async (file: Blob): Promise<boolean> => {
    setProblem(null);
    if (file.size > LARGEST) {
      told.warn(t.too_large);
      return false;
    }
    stopping.current = new AbortController();
    setPart(0);
    try {
      const to = `/api/v1/accounts/${account_id}/prompts/${language}/${encodeURIComponent(id)}`;
      const take = await upload(to, file, setPart, stopping.current.signal);
      told.good(t.taken(take.number));
      return true;
    } catch (fault) {
      if (!(fault instanceof DOMException)) setProblem(fault);
      return false;
    } finally {
      setPart(null);
      await Promise.all([["prompts"], ["prompt", language, id]].map((queryKey) => client.invalidateQueries({ queryKey })));
    }
  };
  const fault = soundFault(problem);
  const said = problem ? (fault ? t[fault] : problemText(problem, reads)) : null;
  const isAlwaysSpoken = prompt?.variables ?? false;
  const choose = (chosen: Spoken) => {
    setProblem(null);
    setLanguage(chosen);
  };
  return (
    <Drawer
      title={<code>{id}</code>}
      size={560}
      onClose={onClose}
      extra={
        mayEdit && (
          <Suspense>
            <Past object={`prompt:${language}/${id}`} />
          </Suspense>
        )
      }
    >
      <div className={css.sheet}>
        <Segmented<Spoken>
          aria-label={t.language}
          block
          value={language}
          disabled={part !== null}
          onChange={choose}
          options={SPOKEN.map((one) => ({ value: one, label: t.languages(one) }))}
        />
        <section className={css.stack} aria-label={t.heard}>
          <h3>
            {t.heard} <Badge tone={TONES[state] ?? "quiet"}>{t.state(state)}</Badge>
          </h3>
          {now?.text && <blockquote className={css.quote} lang={language}>{now.text}</blockquote>}
          {state === "missing" ? (
            <p className="soft">{t.missingHelp}</p>
          ) : isAlwaysSpoken ? (
            <p className="soft">{t.variablesHelp}</p>
          ) : (
            <audio key={`${language}${now?.take ?? ""}${state}`} className={css.audio} controls preload="none" src={sound()} aria-label={t.heard} />
          )}
          {mayEdit && state === "recorded" && (
            <div>
              <SureButton
                help={prompt?.of_house ? t.retireHelp : t.retireOwnHelp}
                danger={false}
                size="small"
                loading={retire.isPending}
                onSure={() => retire.mutate(language, { onSuccess: () => told.good(t.retired), onError: told.bad })}
              >
                {t.retire}
              </SureButton>
            </div>
          )}
        </section>
        {mayEdit && !isAlwaysSpoken && (
          <section className={css.stack} aria-label={t.newTake}>
            <h3>{t.newTake}</h3>
            {said && <Alert type="error" showIcon title={said} />}
            {part !== null && (
              <div className={css.live}>
                <Progress aria-label={t.uploading} percent={Math.round(part * 100)} size="small" />
                <Button size="small" onClick={() => stopping.current?.abort()}>
                  {t.stopUpload}
                </Button>
              </div>
            )}
            <div>
              <input
                ref={input}
                type="file"
                hidden
                aria-label={t.file}
                accept=".wav,.mp3,.m4a,.ogg,.oga,.opus,.webm,audio/*"
                onChange={({ target }) => {
                  const file = target.files?.[0];
                  // The same file may be chosen again.
                  target.value = "";
                  if (file) void send(file);
                }}
              />
              <Button icon={<UploadOutlined />} disabled={part !== null} onClick={() => input.current?.click()}>
                {t.upload}
              </Button>
              <p className="soft" style={{ marginTop: 6 }}>
                {t.uploadHelp}
              </p>
            </div>
            <Recorder key={language} isBusy={part !== null} onSound={send} />
            <ByTelephone key={`telephone-${language}`} language={language} id={id} isThere={prompt !== undefined} />
          </section>
        )}
        <Takes language={language} id={id} isThere={prompt !== undefined} mayEdit={mayEdit} />
      </div>
    </Drawer>
  );
}
