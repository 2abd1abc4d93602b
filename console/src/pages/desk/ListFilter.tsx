import { Select } from "antd";
import { useState } from "react";
import type { Shown } from "../../api";
import { channelNames } from "../../parts/channelNames";
import { dictionary, useWords } from "../../words";

/** Which of my conversations are listed. */
export interface ListWish {
  channel?: string;
  inbox?: string;
  tag?: string;
}

interface Props {
  wish: ListWish;
  onWish: (wish: ListWish) => void;
  tags: readonly { id: string; name: string }[];
  /** Those in the list: agents know inboxes by what came by them. */
  rows: readonly Shown["ConversationReply"][];
}

const words = dictionary({
  en: { channel: "Channel", inbox: "Inbox", tag: "Tag" },
  zh: { channel: "渠道", inbox: "收件箱", tag: "标签" },
});

/** The list by channel, inbox and tag. */
export default function ListFilter({ wish, onWish, tags, rows }: Props) {
  const t = useWords(words);
  const channels = useWords(channelNames);
  // What was seen once can be chosen also when the list is narrowed to something else.
  const [seen, setSeen] = useState<ReadonlyMap<string, string>>(new Map());
  const fresh = rows.filter((one) => one.inbox && one.inbox_name && !seen.has(one.inbox));
  if (fresh.length > 0) setSeen(new Map([...seen, ...fresh.map((one) => [one.inbox ?? "", one.inbox_name ?? ""] as const)]));
  const pick = (key: keyof ListWish, label: string, options: { value: string; label: string }[]) =>
    options.length > 0 && (
      <Select
        allowClear
        size="small"
        style={{ minWidth: 96, flex: 1 }}
        aria-label={label}
        placeholder={label}
        value={wish[key]}
        onChange={(value?: string) => onWish({ ...wish, [key]: value })}
        showSearch={{ optionFilterProp: "label" }}
        options={options}
      />
    );
  return (
    <div role="search" className="list-filter">
      {pick("channel", t.channel, Object.entries(channels).map(([value, label]) => ({ value, label })))}
      {pick("inbox", t.inbox, [...seen].map(([value, label]) => ({ value, label })))}
      {pick("tag", t.tag, tags.map(({ id, name }) => ({ value: id, label: name })))}
    </div>
  );
}
