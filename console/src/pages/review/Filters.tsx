import { Button, DatePicker, InputNumber, Segmented, Select } from "antd";
import dayjs from "dayjs";
import { useId } from "react";
import { useWords } from "../../words";
import { useAgents, useQueues, useTags } from "./data";
import { narrowed, type Wanted } from "./wanted";
import { words } from "./words";
import css from "./Filters.module.css";

interface Props {
  wish: Wanted;
  onWish: (wish: Wanted) => void;
}

export function Filters({ wish, onWish }: Props) {
  const t = useWords(words);
  const id = useId();
  const { data: agents } = useAgents();
  const { data: queues } = useQueues();
  const { data: tags } = useTags();
  const put = (change: Partial<Wanted>) => onWish({ ...wish, ...change });
  const date = (text: string | null) => (text ? dayjs(text) : null);
  return (
    <div className={css.filters}>
      <Segmented
        block
        className={css.whole}
        aria-label={t.speaker}
        value={wish.speaker ?? "any"}
        onChange={(speaker) => put({ speaker: speaker === "any" ? null : (speaker as "contact" | "agent" | "note") })}
        options={[
          { value: "any", label: t.anyone },
          { value: "contact", label: t.contact },
          { value: "agent", label: t.agent },
          { value: "note", label: t.note },
        ]}
      />
      <label htmlFor={`${id}e`}>{t.sounds}</label>
      <Select
        id={`${id}e`}
        value={wish.sounds ?? ""}
        onChange={(sounds: string) => put({ sounds: sounds === "zh" || sounds === "en" ? sounds : null })}
        options={[
          { value: "", label: t.exact },
          { value: "zh", label: t.soundsZh },
          { value: "en", label: t.soundsEn },
        ]}
      />
      <label htmlFor={`${id}a`}>{t.withAgent}</label>
      <Select
        id={`${id}a`}
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        placeholder={t.any}
        value={wish.agent}
        onChange={(agent) => put({ agent: agent ?? null })}
        options={(agents ?? []).map((one) => ({ value: one.id, label: one.name }))}
      />
      <label htmlFor={`${id}q`}>{t.queue}</label>
      <Select
        id={`${id}q`}
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        placeholder={t.any}
        value={wish.queue}
        onChange={(queue) => put({ queue: queue ?? null })}
        options={(queues ?? []).map((one) => ({ value: one.id, label: one.name }))}
      />
      <label htmlFor={`${id}g`}>{t.tag}</label>
      <Select
        id={`${id}g`}
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        placeholder={t.any}
        value={wish.tag}
        onChange={(tag) => put({ tag: tag ?? null })}
        options={(tags ?? []).map((one) => ({ value: one.id, label: one.name }))}
      />
      <label htmlFor={`${id}d`}>{t.days}</label>
      <DatePicker.RangePicker
        id={`${id}d`}
        allowEmpty
        value={[date(wish.from), date(wish.to)]}
        onChange={(days) => put({ from: days?.[0]?.format("YYYY-MM-DD") ?? null, to: days?.[1]?.format("YYYY-MM-DD") ?? null })}
      />
      <label htmlFor={`${id}s`}>{t.silence}</label>
      <InputNumber id={`${id}s`} min={1} max={86_400} precision={0} value={wish.silence} onChange={(silence) => put({ silence })} />
      <label htmlFor={`${id}t`}>{t.talkOver}</label>
      <InputNumber id={`${id}t`} min={1} max={86_400} precision={0} value={wish.talkOver} onChange={(talkOver) => put({ talkOver })} />
      {narrowed(wish) > 0 && (
        <Button
          className={css.whole}
          size="small"
          onClick={() => put({ sounds: null, speaker: null, agent: null, queue: null, tag: null, from: null, to: null, silence: null, talkOver: null })}
        >
          {t.reset}
        </Button>
      )}
    </div>
  );
}
