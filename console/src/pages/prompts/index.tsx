import { DownloadOutlined, SoundOutlined } from "@ant-design/icons";
import { Button, Input, Segmented } from "antd";
import { useState } from "react";
import { Badge, Card, Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { saveAs } from "../../parts/save";
import { useSession } from "../../session";
import { useLanguage, useWords } from "../../words";
import { SPOKEN, usePrompts, type Prompt, type Spoken } from "./data";
import { EditPrompt } from "./EditPrompt";
import { count, FILTERS, script, shown, standing, type Filter } from "./list";
import { NewPrompt } from "./NewPrompt";
import { TONES, words } from "./words";
import css from "./prompts.module.css";

/** A list for whoever records: one line a prompt. */
const save = (name: string, text: string) => saveAs(name, "text/tab-separated-values;charset=utf-8", text);

export default function Prompts() {
  const t = useWords(words);
  const { language: reads } = useLanguage();
  const { may } = useSession();
  const mayEdit = may("flows.edit");
  const prompts = usePrompts();
  const [filter, setFilter] = useState<Filter>("all");
  const [text, setText] = useState("");
  const [edited, setEdited] = useState<{ id: string; language: Spoken } | null>(null);
  const [isNew, setNew] = useState(false);
  const own: Spoken = reads === "zh" ? "zh-CN" : "en";
  const all = prompts.data ?? [];
  const isEmpty = filter === "all" && text === "";
  const state = (language: Spoken) => ({
    title: t.languages(language),
    key: language,
    render: (_: unknown, prompt: Prompt) => {
      const is = standing(prompt, language)?.state ?? "missing";
      return (
        <Button type="text" size="small" className={css.state} aria-label={`${prompt.id}, ${t.languages(language)}: ${t.state(is)}`} onClick={() => setEdited({ id: prompt.id, language })}>
          <Badge tone={TONES[is] ?? "quiet"}>{t.state(is)}</Badge>
        </Button>
      );
    },
  });
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        mayEdit && <AddButton onClick={() => setNew(true)}>{t.add}</AddButton>
      }
    >
      <div className={css.languages}>
        {SPOKEN.map((language) => {
          const { recorded, spoken, missing } = count(all, language);
          return (
            <Card
              key={language}
              title={t.languages(language)}
              actions={
                <Button size="small" icon={<DownloadOutlined />} disabled={all.length === 0} onClick={() => save(`prompts-${language}.tsv`, script(all, language))}>
                  {t.script}
                </Button>
              }
            >
              <div className={css.counts}>
                <Badge tone="good">{t.recordedCount(recorded)}</Badge>
                <Badge tone="quiet">{t.spokenCount(spoken)}</Badge>
                {missing > 0 && <Badge tone="bad">{t.missingCount(missing)}</Badge>}
              </div>
            </Card>
          );
        })}
      </div>
      <div className={css.find}>
        <Segmented<Filter> aria-label={t.show} value={filter} onChange={setFilter} options={FILTERS.map((one) => ({ value: one, label: t.filters(one) }))} />
        <Input.Search allowClear className={css.search} aria-label={t.find} placeholder={t.find} value={text} onChange={({ target }) => setText(target.value)} />
      </div>
      <Listing<Prompt>
        read={prompts}
        rows={shown(all, filter, text)}
        icon={<SoundOutlined />}
        none={isEmpty ? t.none : t.noneFound}
        noneHelp={filter === "gaps" && text === "" ? t.noGaps : t.noneHelp}
        isPaged
        columns={[
          {
            title: t.prompt,
            key: "id",
            render: (_, prompt) => (
              <div className={css.name}>
                <Button type="link" className={css.link} onClick={() => setEdited({ id: prompt.id, language: own })}>
                  {prompt.id}
                </Button>
                <div className="soft">{standing(prompt, own)?.text ?? (prompt.of_house ? "" : t.ownPrompt)}</div>
              </div>
            ),
          },
          ...SPOKEN.map(state),
          { title: t.usedBy, dataIndex: "used_by", render: (flows: string[]) => flows.join(", ") || "–" },
        ]}
      />
      {edited && (
        <EditPrompt
          key={edited.id + edited.language}
          id={edited.id}
          first={edited.language}
          prompt={all.find((one) => one.id === edited.id)}
          mayEdit={mayEdit}
          onClose={() => setEdited(null)}
        />
      )}
      {isNew && (
        <NewPrompt
          taken={all.map((one) => one.id)}
          onClose={() => setNew(false)}
          onMade={(id) => {
            setNew(false);
            setEdited({ id, language: own });
          }}
        />
      )}
    </Page>
  );
}
