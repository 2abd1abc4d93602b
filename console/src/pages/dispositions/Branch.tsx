import { ArrowUpOutlined, DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useWords } from "../../words";
import { changed, DEEPEST, fresh, keyOf, moved, type Entry } from "./tree";
import { words } from "./words";
import css from "./Branch.module.css";

interface Props {
  /** Entries of one level. */
  all: readonly Entry[];
  whole: readonly Entry[];
  depth: number;
  mayEdit: boolean;
  onTree: (tree: Entry[]) => void;
}

export function Branch({ all, whole, depth, mayEdit, onTree }: Props) {
  const t = useWords(words);
  const put = (id: number, change: Partial<Entry>) => onTree(changed(whole, id, (entry) => ({ ...entry, ...change })));
  return (
    <ul className={css.branch}>
      {all.map((entry, n) => (
        <li key={entry.id}>
          <div className={css.entry}>
            <Input
              aria-label={t.english}
              placeholder={t.english}
              readOnly={!mayEdit}
              value={entry.en}
              onChange={(event) => {
                const followed = entry.key === keyOf(entry.en);
                put(entry.id, { en: event.target.value, ...(followed && { key: keyOf(event.target.value) }) });
              }}
            />
            <Input aria-label={t.chinese} placeholder={t.chinese} readOnly={!mayEdit} value={entry.zh} onChange={(event) => put(entry.id, { zh: event.target.value })} />
            <Input
              aria-label={t.key}
              placeholder={t.key}
              title={t.keyHelp}
              className={css.key}
              readOnly={!mayEdit}
              value={entry.key}
              onChange={(event) => put(entry.id, { key: event.target.value })}
            />
            {mayEdit && (
              <span className={css.acts}>
                <Button type="text" size="small" disabled={n === 0} icon={<ArrowUpOutlined />} aria-label={t.up} title={t.up} onClick={() => onTree(moved(whole, entry.id))} />
                {depth < DEEPEST && (
                  <Button
                    type="text"
                    size="small"
                    icon={<PlusOutlined />}
                    aria-label={t.addBelow}
                    title={t.addBelow}
                    onClick={() => put(entry.id, { children: [...entry.children, fresh()] })}
                  />
                )}
                <Button type="text" size="small" danger icon={<DeleteOutlined />} aria-label={t.remove} title={t.remove} onClick={() => onTree(changed(whole, entry.id, () => null))} />
              </span>
            )}
          </div>
          {entry.children.length > 0 && <Branch all={entry.children} whole={whole} depth={depth + 1} mayEdit={mayEdit} onTree={onTree} />}
        </li>
      ))}
    </ul>
  );
}
