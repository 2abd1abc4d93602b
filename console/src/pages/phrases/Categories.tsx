import { DownOutlined, PlusOutlined, UpOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { api, done } from "../../api";
import { Card, Empty, useTold } from "../../parts";
import { NameButton } from "../../parts/NameButton";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { EditCategory } from "./EditCategory";
import { inTree, moved, type Category } from "./data";
import { words } from "./words";

/** The tree in which phrases stand, and its order. */
export function Categories({ all }: { all: readonly Category[] }) {
  const t = useWords(words);
  const told = useTold();
  const [edited, setEdited] = useState<Category | "new" | null>(null);
  const move = useSave(
    async (at, { id, by }: { id: string; by: 1 | -1 }) => {
      for (const { one, place } of moved(all, id, by)) {
        const body = { name: one.name, parent: one.parent ?? null, place, queues: one.queues, open: one.open };
        await done(api.PUT("/api/v1/accounts/{account_id}/phrase_categories/{id}", { params: { path: { ...at, id: one.id } }, body }));
      }
    },
    ["quick_phrases"],
  );
  const arrow = (one: Category, by: 1 | -1) => (
    <Button
      type="text"
      size="small"
      icon={by < 0 ? <UpOutlined /> : <DownOutlined />}
      aria-label={(by < 0 ? t.up : t.down)(one.name)}
      disabled={move.isPending || moved(all, one.id, by).length === 0}
      onClick={() => move.mutate({ id: one.id, by }, { onError: told.bad })}
    />
  );
  return (
    <Card
      title={t.categories}
      actions={
        <Button icon={<PlusOutlined />} onClick={() => setEdited("new")}>
          {t.addCategory}
        </Button>
      }
    >
      <p className="soft">{t.categoriesAbout}</p>
      {all.length === 0 && <Empty title={t.noCategories}>{t.noCategoriesHelp}</Empty>}
      <ul style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {inTree(all).map(({ one, depth }) => (
          <li key={one.id} style={{ display: "flex", alignItems: "center", paddingInlineStart: depth * 20 }}>
            <NameButton onClick={() => setEdited(one)}>{one.name}</NameButton>
            <span style={{ flex: 1 }} />
            {arrow(one, -1)}
            {arrow(one, 1)}
          </li>
        ))}
      </ul>
      {edited && <EditCategory category={edited === "new" ? null : edited} all={all} onClose={() => setEdited(null)} />}
    </Card>
  );
}
