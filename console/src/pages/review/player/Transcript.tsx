import { EditOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../../../words";
import type { Line } from "../data";
import { words } from "../words";
import { Correct } from "./Correct";
import { clock } from "../../../parts";
import css from "./Transcript.module.css";

interface Props {
  conversation: string;
  lines: readonly Line[];
  /** Which line is spoken now. */
  at: number;
  nameOf: (line: Line) => string;
  mayCorrect: boolean;
  onPlay: (ms: number) => void;
}

/** What was said, line by line; the one that is spoken stays in view, unless the reader scrolls themselves. */
export function Transcript({ conversation, lines, at, nameOf, mayCorrect, onPlay }: Props) {
  const t = useWords(words);
  const list = useRef<HTMLOListElement | null>(null);
  const [edited, setEdited] = useState<number | null>(null);

  useEffect(() => {
    const line = list.current?.children[at];
    line?.scrollIntoView({ block: "nearest" });
  }, [at]);

  return (
    <ol ref={list} className={css.lines}>
      {lines.map((line, n) => (
        <li key={line.seq} className={css.line} data-side={line.speaker === "contact" ? "caller" : "house"} data-now={n === at || undefined}>
          {edited === line.seq ? (
            <Correct conversation={conversation} line={line} onDone={() => setEdited(null)} />
          ) : (
            <>
              <button type="button" className={css.say} aria-current={n === at ? "true" : undefined} title={t.seek} onClick={() => onPlay(line.start_ms ?? 0)}>
                <span className={`figures ${css.time}`}>{clock(line.start_ms ?? 0)}</span>
                <span className={css.who}>{nameOf(line)}</span>
                <span className={css.text}>
                  {line.text}
                  {line.corrections > 0 && <em className={css.mended}> · {t.corrected(line.corrections)}</em>}
                </span>
              </button>
              {mayCorrect && (
                <Button className={css.edit} type="text" size="small" aria-label={t.correct} title={t.correct} icon={<EditOutlined />} onClick={() => setEdited(line.seq)} />
              )}
            </>
          )}
        </li>
      ))}
    </ol>
  );
}
