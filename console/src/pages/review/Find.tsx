import { FilterOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Input, type InputRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useWords } from "../../words";
import { Filters } from "./Filters";
import { narrowed, type Wanted } from "./wanted";
import { words } from "./words";
import css from "./Find.module.css";

interface Props {
  wish: Wanted;
  onWish: (wish: Wanted) => void;
}

/** Words first; filters where one wants them. */
export function Find({ wish, onWish }: Props) {
  const t = useWords(words);
  const input = useRef<InputRef | null>(null);
  const [text, setText] = useState(wish.q);
  const [isOpen, setOpen] = useState(narrowed(wish) > 0);
  useEffect(() => setText(wish.q), [wish.q]);

  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]");
      if (event.key !== "/" || typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus({ cursor: "all" });
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);

  return (
    <form
      role="search"
      className={css.find}
      onSubmit={(event) => {
        event.preventDefault();
        onWish({ ...wish, q: text.trim() });
      }}
    >
      <div className={css.row}>
        <Input
          ref={input}
          size="large"
          allowClear
          maxLength={256}
          prefix={<SearchOutlined aria-hidden />}
          aria-label={t.find}
          placeholder={t.placeholder}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            if (event.target.value === "") onWish({ ...wish, q: "" });
          }}
        />
        <Button size="large" type="primary" htmlType="submit">
          {t.search}
        </Button>
      </div>
      <Button
        className={css.toggle}
        type="text"
        size="small"
        icon={<FilterOutlined />}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {t.filters(narrowed(wish))}
      </Button>
      {isOpen && <Filters wish={wish} onWish={onWish} />}
    </form>
  );
}
