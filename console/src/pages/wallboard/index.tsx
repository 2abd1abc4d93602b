import { FullscreenOutlined } from "@ant-design/icons";
import { Alert, Button, Select } from "antd";
import { useRef } from "react";
import { useSearchParams } from "react-router";
import { Trouble, useNow, Waiting } from "../../parts";
import { InternalChoice } from "../../parts/InternalChoice";
import { internalOf, type Internal } from "../../parts/internal";
import { useWords } from "../../words";
import { useFloor } from "../floor/data";
import { Tile } from "./Tile";
import { words } from "./words";
import css from "./wallboard.module.css";

/** Figures that are older are not shown as those of now. */
const OLD_MS = 10_000;

/** For the wall: few figures, read from five metres. Which queues it shows, and whether help desks count, stands in its address. */
export default function Wallboard() {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const internal = internalOf(search);
  const floor = useFloor(internal);
  const now = useNow();
  const board = useRef<HTMLDivElement | null>(null);
  const wanted = search.get("queues")?.split(",").filter(Boolean) ?? [];
  if (floor.isPending) return <Waiting whole />;
  if (!floor.data) return <Trouble whole problem={floor.error} again={() => void floor.refetch()} />;
  const { queues, aside, at } = floor.data;
  const shown = wanted.length > 0 ? queues.filter((queue) => wanted.includes(queue.id)) : queues;
  const put = (ids: readonly string[], counts: Internal) =>
    setSearch({ ...(ids.length > 0 && { queues: ids.join(",") }), ...(counts !== "exclude" && { internal: counts }) }, { replace: true });
  return (
    <div ref={board} className={css.board}>
      <header className={css.bar}>
        <h1>{t.title}</h1>
        <Select
          mode="multiple"
          allowClear
          maxTagCount="responsive"
          className={css.choice}
          aria-label={t.shown}
          placeholder={t.all}
          value={wanted}
          onChange={(ids) => put(ids, internal)}
          options={queues.map((queue) => ({ value: queue.id, label: queue.name }))}
        />
        <InternalChoice value={internal} onChange={(counts) => put(wanted, counts)} />
        <Button icon={<FullscreenOutlined />} onClick={() => void board.current?.requestFullscreen()}>
          {t.fullScreen}
        </Button>
      </header>
      {now - (at + aside) > OLD_MS && <Alert type="error" showIcon banner title={t.stale} />}
      <div className={css.tiles}>
        {shown.map((queue) => (
          <Tile key={queue.id} queue={queue} waitsSince={queue.longest_wait_ms > 0 ? at + aside - queue.longest_wait_ms : null} />
        ))}
      </div>
    </div>
  );
}
