import { DownOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import { part } from "./window";
import "./windowed.css";

interface Props<Row> {
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
  render: (row: Row) => ReactNode;
  /** Pixels of a row that was not drawn yet. */
  guess: number;
  /** Of the box, which scrolls. */
  className?: string;
  /** Of a row. */
  rowClass?: (row: Row) => string;
  label: string;
  /** One looks at the last rows: more may be read. */
  nearEnd?: () => void;
  /** One looks at the first rows: what came before them may be read. */
  nearStart?: () => void;
  /** It begins at its end and stays there while rows come, until one scrolls away; so is called what leads back to it. */
  toEnd?: string;
}

/** Drawn beside what can be seen, in pixels: a turn of the wheel shows no gap. */
const AROUND = 400;
/** So many rows before the end more is read. */
const NEAR = 40;
/** So many pixels above its end is still its end. */
const AT_END = 24;

/** A list of any length that draws what can be seen. Whoever hears it is told how long it is and where they are. */
export function Windowed<Row>({ rows, keyOf, render, guess, className, rowClass, label, nearEnd, nearStart, toEnd }: Props<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const known = useRef(new Map<string | number, number>());
  const [seen, setSeen] = useState({ top: 0, view: 0 });
  const [measured, setMeasured] = useState(0);
  const fromEnd = toEnd !== undefined;
  const [isAtEnd, setAtEnd] = useState(true);
  const stays = useRef(fromEnd);
  const held = useRef<Held | null>(null);
  const first = useRef<string | number | undefined>(undefined);

  const look = useCallback(() => {
    const at = box.current;
    if (!at) return;
    setSeen((old) => (old.top === at.scrollTop && old.view === at.clientHeight ? old : { top: at.scrollTop, view: at.clientHeight }));
    held.current = firstSeen(at) ?? held.current;
  }, []);
  const scrolled = useCallback(() => {
    const at = box.current;
    if (!at) return;
    const end = at.scrollHeight - at.scrollTop - at.clientHeight <= AT_END;
    stays.current = fromEnd && end;
    setAtEnd(end);
    look();
  }, [fromEnd, look]);
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const watch = new ResizeObserver(() => {
      if (stays.current) at.scrollTop = at.scrollHeight;
      look();
    });
    watch.observe(at);
    return () => watch.disconnect();
  }, [look]);

  const heights = rows.map((row) => known.current.get(keyOf(row)));
  const { from, to, above, below } = part(rows.length, heights, guess, seen.top, Math.max(seen.view, 1), AROUND);

  // What was drawn has a height; a width that changed gives it another. What one looks at stays where it is.
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    const put = before(rows, keyOf, first.current).reduce((sum, row) => sum + (known.current.get(keyOf(row)) ?? guess), 0);
    first.current = rows[0] === undefined ? undefined : keyOf(rows[0]);
    if (fromEnd && !stays.current) {
      at.scrollTop += put > 0 ? put : moved(at, held.current);
      if (held.current) held.current = { ...held.current, scrolled: at.scrollTop };
    }
    const drawn = at.querySelectorAll<HTMLElement>("[data-row]");
    let changed = false;
    drawn.forEach((element, n) => {
      const row = rows[from + n];
      if (row === undefined) return;
      const height = element.getBoundingClientRect().height;
      if (Math.abs((known.current.get(keyOf(row)) ?? -1) - height) < 0.5) return;
      known.current.set(keyOf(row), height);
      changed = true;
    });
    if (changed) setMeasured((n) => n + 1);
    if (stays.current) at.scrollTop = at.scrollHeight;
    look();
  }, [rows, from, to, measured, seen.view, keyOf, guess, fromEnd, look]);

  const isNear = to >= rows.length - NEAR;
  useEffect(() => {
    if (isNear) nearEnd?.();
  }, [isNear, nearEnd, rows.length]);
  // Before its height is known nobody looks at it.
  const isNearStart = seen.view > 0 && from <= NEAR;
  useEffect(() => {
    if (isNearStart) nearStart?.();
  }, [isNearStart, nearStart, rows.length]);

  return (
    <div ref={box} className={`windowed ${className ?? ""}`} tabIndex={0} onScroll={scrolled}>
      <ul aria-label={label} style={{ paddingTop: above, paddingBottom: below }}>
        {rows.slice(from, to).map((row, n) => (
          <li key={keyOf(row)} data-row={keyOf(row)} aria-setsize={rows.length} aria-posinset={from + n + 1} className={rowClass?.(row)}>
            {render(row)}
          </li>
        ))}
      </ul>
      {fromEnd && !isAtEnd && (
        <div className="windowed-end">
          <Button shape="circle" icon={<DownOutlined />} aria-label={toEnd} title={toEnd} onClick={() => box.current?.scrollTo(0, box.current.scrollHeight)} />
        </div>
      )}
    </div>
  );
}

/** The rows that were put before the one that was the first. */
function before<Row>(rows: readonly Row[], keyOf: (row: Row) => string | number, first: string | number | undefined): readonly Row[] {
  if (first === undefined || rows[0] === undefined || keyOf(rows[0]) === first) return [];
  const at = rows.findIndex((row) => keyOf(row) === first);
  return at > 0 ? rows.slice(0, at) : [];
}

/** The first row that can be seen, and where it stands: what comes above it must not push it away. */
interface Held {
  key: string;
  /** Pixels below the upper edge of the box, when that was scrolled so far. */
  top: number;
  scrolled: number;
}

function firstSeen(box: HTMLElement): Held | null {
  const edge = box.getBoundingClientRect().top;
  for (const row of box.querySelectorAll<HTMLElement>("[data-row]")) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom > edge) return { key: row.dataset.row ?? "", top: top - edge, scrolled: box.scrollTop };
  }
  return null;
}

/** By how many pixels a row was moved since, but not by whoever scrolls. */
function moved(box: HTMLElement, held: Held | null): number {
  const row = held && [...box.querySelectorAll<HTMLElement>("[data-row]")].find((one) => one.dataset.row === held.key);
  if (!row) return 0;
  const top = row.getBoundingClientRect().top - box.getBoundingClientRect().top;
  return top - (held.top - (box.scrollTop - held.scrolled));
}
