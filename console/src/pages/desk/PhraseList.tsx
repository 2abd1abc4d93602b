import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, type KeyboardEvent } from "react";
import { api, done, type Shown } from "../../api";
import { useSession } from "../../session";
import { dictionary, useLanguage, useWords } from "../../words";
import type { Asked } from "./phrases";

const words = dictionary({
  en: { title: "Quick phrases", none: "No quick phrase answers to this." },
  zh: { title: "快捷短语", none: "没有匹配的快捷短语。" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

export type Found = Shown["PhraseFound"];

/** The matches of what is asked for, and which one is meant. */
export function usePhrases(conversation: string, asked: Asked | null) {
  const { account } = useSession();
  const { language } = useLanguage();
  const [at, setAt] = useState(0);
  const [shut, setShut] = useState<number | null>(null);
  const typed = asked?.typed;
  const isOpen = asked !== null && asked.from !== shut;
  const found = useQuery({
    queryKey: ["quick_phrases", "search", conversation, language, typed],
    queryFn: () => done(api.GET(`${ACCOUNT}/quick_phrases/search`, { params: { path: account, query: { q: typed, conversation, language } } })),
    enabled: isOpen,
    staleTime: 10_000,
  });
  // What is meant is the best answer until somebody says otherwise.
  useEffect(() => setAt(0), [typed]);
  const isAsked = asked !== null;
  useEffect(() => {
    if (!isAsked) setShut(null);
  }, [isAsked]);
  const list = isOpen ? (found.data ?? []) : [];
  const meant = list[Math.min(at, list.length - 1)];
  /** True: the key was for the list. */
  const key = (event: KeyboardEvent, choose: (phrase: Found) => void): boolean => {
    if (!isOpen || event.nativeEvent.isComposing) return false;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        if (list.length === 0) return false;
        setAt((Math.min(at, list.length - 1) + (event.key === "ArrowDown" ? 1 : list.length - 1)) % list.length);
        break;
      case "Enter":
      case "Tab":
        // The answer is on its way: nothing is sent that was not meant to be.
        if (found.isFetching && !meant && event.key === "Enter" && !event.shiftKey) break;
        if (!meant || event.shiftKey) return false;
        choose(meant);
        break;
      case "Escape":
        setShut(asked.from);
        break;
      default:
        return false;
    }
    event.preventDefault();
    return true;
  };
  return { isOpen, isWaiting: found.isPending, list, meant, key };
}

/** What may be put in, the best first; one is meant. */
export function PhraseList({ id, phrases, choose }: { id: string; phrases: ReturnType<typeof usePhrases>; choose: (phrase: Found) => void }) {
  const t = useWords(words);
  if (!phrases.isOpen || phrases.isWaiting) return null;
  if (phrases.list.length === 0) {
    return (
      <p className="phrases-none soft" role="status">
        {t.none}
      </p>
    );
  }
  return (
    <ul id={id} className="phrases" role="listbox" aria-label={t.title}>
      {phrases.list.map((one) => (
        <li
          key={one.id}
          id={`${id}-${one.id}`}
          role="option"
          aria-selected={one.id === phrases.meant?.id}
          // Whoever writes goes on writing.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => choose(one)}
        >
          <span className="phrase-code">/{one.code}</span> <span>{one.title}</span>
          <span className="phrase-text soft">{one.text}</span>
        </li>
      ))}
    </ul>
  );
}
