import { Button, Input } from "antd";
import { useState } from "react";
import { useWords } from "../../../words";
import { useCorrect, useCorrections, type Line } from "../data";
import { words } from "../words";
import css from "./Correct.module.css";

interface Props {
  conversation: string;
  line: Line;
  onDone: () => void;
}

/** A better text for a line, above what it said before. */
export function Correct({ conversation, line, onDone }: Props) {
  const t = useWords(words);
  const [text, setText] = useState(line.text);
  const correct = useCorrect(conversation);
  const { data: before } = useCorrections(conversation, line.corrections > 0);
  const versions = (before ?? []).filter((one) => one.seq === line.seq);
  const changed = text.trim() !== "" && text.trim() !== line.text;
  const save = () => {
    if (changed) correct.mutate({ seq: line.seq, text, replaces: line.corrections }, { onSuccess: onDone });
  };
  return (
    <div className={css.correct}>
      <Input.TextArea
        autoFocus
        autoSize
        maxLength={2_000}
        value={text}
        aria-label={t.correct}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Escape") onDone();
          if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            save();
          }
        }}
      />
      <div className={css.acts}>
        <Button size="small" type="primary" disabled={!changed} loading={correct.isPending} onClick={save}>
          {t.save}
        </Button>
        <Button size="small" onClick={onDone}>
          {t.cancel}
        </Button>
      </div>
      {versions.length > 0 && (
        <dl className={css.before} aria-label={t.before}>
          {versions.map((one) => (
            <div key={one.version}>
              <dt>{one.version === 1 ? t.heard : t.was(one.version)}</dt>
              <dd>
                {one.was} <span className="soft">→ {one.author_name}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
