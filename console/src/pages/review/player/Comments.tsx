import { DeleteOutlined } from "@ant-design/icons";
import { Button, Input, Popconfirm } from "antd";
import { useRef, useState } from "react";
import { clock, Empty, Moment, useTold } from "../../../parts";
import { useWords } from "../../../words";
import { useComment, useUncomment, type Comment } from "../data";
import { words } from "../words";
import css from "./Comments.module.css";

interface Props {
  recording: string;
  comments: readonly Comment[];
  nowMs: number;
  mayWrite: boolean;
  onPlay: (ms: number) => void;
}

/** Remarks at their seconds. A new one stands where the sound was when it was begun. */
export function Comments({ recording, comments, nowMs, mayWrite, onPlay }: Props) {
  const t = useWords(words);
  const told = useTold();
  const add = useComment(recording);
  const remove = useUncomment(recording);
  const [text, setText] = useState("");
  const begun = useRef<number | null>(null);
  const atMs = Math.floor(begun.current ?? nowMs);
  const write = () => {
    if (text.trim() === "") return;
    const done = () => {
      setText("");
      begun.current = null;
    };
    add.mutate({ at_ms: atMs, text }, { onSuccess: done, onError: told.bad });
  };
  return (
    <div className={css.comments}>
      {mayWrite && (
        <div className={css.add}>
          <Input.TextArea
            autoFocus
            autoSize={{ minRows: 1, maxRows: 6 }}
            maxLength={2_000}
            value={text}
            aria-label={t.commentAt(clock(atMs))}
            placeholder={t.commentPlaceholder}
            onChange={(event) => {
              begun.current = event.target.value === "" ? null : (begun.current ?? nowMs);
              setText(event.target.value);
            }}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
              event.preventDefault();
              write();
            }}
          />
          <Button type="primary" disabled={text.trim() === ""} loading={add.isPending} onClick={write}>
            {t.commentAt(clock(atMs))}
          </Button>
        </div>
      )}
      {comments.length === 0 && <Empty title={t.noComments}>{t.noCommentsHelp}</Empty>}
      <ol>
        {comments.map((comment) => (
          <li key={comment.id}>
            <button type="button" className={`figures ${css.at}`} title={t.seek} onClick={() => onPlay(comment.at_ms)}>
              {clock(comment.at_ms)}
            </button>
            <div>
              <p className={css.text}>{comment.text}</p>
              <p className="soft">
                {comment.author_name} · <Moment at={comment.written_at} />
              </p>
            </div>
            {comment.mine && (
              <Popconfirm title={t.removeComment} okText={t.remove} cancelText={t.cancel} onConfirm={() => remove.mutate(comment.id, { onError: told.bad })}>
                <Button type="text" size="small" aria-label={t.remove} icon={<DeleteOutlined />} />
              </Popconfirm>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}
