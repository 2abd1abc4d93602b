import { Button, DatePicker, InputNumber, Segmented, Select } from "antd";
import dayjs from "dayjs";
import { useId } from "react";
import { channelNames } from "../../parts/channelNames";
import { useWords } from "../../words";
import { useAgents, useInboxNames, useQueues, useSegments, useTags } from "./data";
import { CHANNELS, narrowed, wanted, type Wanted } from "./wanted";
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
  const channels = useWords(channelNames);
  const { data: inboxes } = useInboxNames();
  const { data: segments } = useSegments();
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
      <label htmlFor={`${id}c`}>{t.channel}</label>
      <Select
        id={`${id}c`}
        allowClear
        placeholder={t.any}
        value={wish.channel}
        onChange={(channel) => put({ channel: channel ?? null })}
        options={CHANNELS.map((one) => ({ value: one, label: channels[one] ?? one }))}
      />
      {inboxes && (
        <>
          <label htmlFor={`${id}i`}>{t.inbox}</label>
          <Select
            id={`${id}i`}
            allowClear
            showSearch={{ optionFilterProp: "label" }}
            placeholder={t.any}
            value={wish.inbox}
            onChange={(inbox) => put({ inbox: inbox ?? null })}
            options={inboxes.map((one) => ({ value: one.id, label: one.name }))}
          />
        </>
      )}
      {segments && segments.length > 0 && (
        <>
          <label htmlFor={`${id}m`}>{t.segment}</label>
          <Select
            id={`${id}m`}
            allowClear
            showSearch={{ optionFilterProp: "label" }}
            placeholder={t.any}
            value={wish.segment}
            onChange={(segment) => put({ segment: segment ?? null })}
            options={segments.map((one) => ({ value: one.id, label: one.name }))}
          />
        </>
      )}
      <label htmlFor={`${id}r`}>{t.stars}</label>
      <Select
        id={`${id}r`}
        allowClear
        placeholder={t.any}
        value={wish.stars}
        onChange={(stars) => put({ stars: stars ?? null })}
        options={[1, 2, 3, 4, 5].map((stars) => ({ value: stars, label: t.starsMost(stars) }))}
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
          onClick={() => onWish({ ...wanted(new URLSearchParams()), q: wish.q })}
        >
          {t.reset}
        </Button>
      )}
    </div>
  );
}
