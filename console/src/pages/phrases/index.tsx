import { SnippetsOutlined } from "@ant-design/icons";
import { Input, Segmented } from "antd";
import { useState } from "react";
import { useNames } from "../../agent/hooks";
import { Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { NameButton } from "../../parts/NameButton";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Categories } from "./Categories";
import { EditPhrase } from "./EditPhrase";
import { pathOf, usePhraseBook, type Phrase } from "./data";
import { words } from "./words";

/** What is written again and again: everybody's, a queue's, my own. */
export default function Phrases() {
  const t = useWords(words);
  const { may } = useSession();
  const names = useNames();
  const book = usePhraseBook();
  const [kind, setKind] = useState<"all" | "mine">("all");
  const [sought, setSought] = useState("");
  const [edited, setEdited] = useState<Phrase | "new" | null>(null);
  const categories = book.data?.categories ?? [];
  const looked = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const says = (one: Phrase) => [one.code, one.title, ...Object.values(one.texts)].join(" ").toLowerCase();
  const shown = (book.data?.phrases ?? []).filter((one) => (kind === "all" || one.whose === "me") && looked.every((word) => says(one).includes(word)));
  const whose = (one: Phrase) => (one.whose === "queue" ? (names.queue(one.queue) ?? t.queue) : one.whose === "me" ? t.me : t.everybody);
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <AddButton onClick={() => setEdited("new")}>{t.add}</AddButton>
      }
    >
      <div style={{ display: "flex", flexWrap: "wrap", gap: 12 }}>
        <Segmented value={kind} onChange={setKind} options={(["all", "mine"] as const).map((value) => ({ value, label: t[value] }))} />
        <Input.Search allowClear style={{ maxWidth: 280 }} placeholder={t.search} aria-label={t.search} value={sought} onChange={(event) => setSought(event.target.value)} />
      </div>
      <Listing<Phrase>
        read={book}
        rows={shown}
        icon={<SnippetsOutlined />}
        none={t.none}
        noneHelp={t.noneHelp}
        columns={[
          {
            title: t.code,
            render: (_, one) => (one.editable ? <NameButton onClick={() => setEdited(one)}>/{one.code}</NameButton> : <span>/{one.code}</span>),
          },
          { title: t.name, dataIndex: "title" },
          { title: t.whose, render: (_, one) => whose(one) },
          { title: t.category, render: (_, one) => pathOf(categories, one.category) },
          { title: t.uses, className: "figures", dataIndex: "uses" },
        ]}
      />
      {may("settings.manage") && <Categories all={categories} />}
      {edited && <EditPhrase phrase={edited === "new" ? null : edited} categories={categories} onClose={() => setEdited(null)} />}
    </Page>
  );
}
