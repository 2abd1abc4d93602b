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
}

/** Drawn beside what can be seen, in pixels: a turn of the wheel shows no gap. */
const AROUND = 400;
/** So many rows before the end more is read. */
const NEAR = 40;

/** A list of any length that draws what can be seen. Whoever hears it is told how long it is and where they are. */
export function Windowed<Row>({ rows, keyOf, render, guess, className, rowClass, label, nearEnd }: Props<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const known = useRef(new Map<string | number, number>());
  const [seen, setSeen] = useState({ top: 0, view: 0 });
  const [, setMeasured] = useState(0);

  const look = useCallback(() => {
    const at = box.current;
    if (at) setSeen((old) => (old.top === at.scrollTop && old.view === at.clientHeight ? old : { top: at.scrollTop, view: at.clientHeight }));
  }, []);
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const watch = new ResizeObserver(look);
    watch.observe(at);
    return () => watch.disconnect();
  }, [look]);

  const heights = rows.map((row) => known.current.get(keyOf(row)));
  const { from, to, above, below } = part(rows.length, heights, guess, seen.top, Math.max(seen.view, 1), AROUND);

  // What was drawn has a height; a width that changed gives it another.
  useLayoutEffect(() => {
    const drawn = box.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [];
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
    look();
  }, [rows, from, to, seen.view, keyOf, look]);

  const isNear = to >= rows.length - NEAR;
  useEffect(() => {
    if (isNear) nearEnd?.();
  }, [isNear, nearEnd, rows.length]);

  return (
    <div ref={box} className={`windowed ${className ?? ""}`} tabIndex={0} onScroll={look}>
      <ul aria-label={label} style={{ paddingTop: above, paddingBottom: below }}>
        {rows.slice(from, to).map((row, n) => (
          <li key={keyOf(row)} data-row aria-setsize={rows.length} aria-posinset={from + n + 1} className={rowClass?.(row)}>
            {render(row)}
          </li>
        ))}
      </ul>
    </div>
  );
}
