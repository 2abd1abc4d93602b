import { useCallback, useEffect, useRef, useState } from "react";
import { api, done } from "../../api";
import { useHappened } from "../../events";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";

const words = dictionary({ en: { typing: "They are writing…" }, zh: { typing: "对方正在输入…" } });
const ACCOUNT = "/api/v1/accounts/{account_id}";
/** How long it is believed that somebody writes who does not say so again. */
const BELIEVED = 6_000;
/** How often it is said that I write. */
const SAID = 2_500;

/** What is only true at the moment: the contact writes. And what the contact is told: that I have read, up to here. */
export function Live({ conversation, last }: { conversation: string; last: number }) {
  const t = useWords(words);
  const { account } = useSession();
  const [typing, setTyping] = useState(false);
  const timer = useRef<number | undefined>(undefined);
  const read = useRef(0);
  const stop = useCallback(() => {
    window.clearTimeout(timer.current);
    setTyping(false);
  }, []);
  useHappened(({ type, data }) => {
    if (data.conversation !== conversation) return;
    if (type === "typing") {
      setTyping(true);
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(stop, BELIEVED);
    } else if (type === "message_created" && data.speaker === "contact") stop();
  });
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useEffect(() => {
    const tell = () => {
      if (last <= read.current || document.visibilityState !== "visible") return;
      read.current = last;
      // Lost on its way, it is said with the next one.
      done(api.PUT(`${ACCOUNT}/conversations/{id}/cursors`, { params: { path: { ...account, id: conversation } }, body: { seq: last } })).catch(() => {
        read.current = 0;
      });
    };
    tell();
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
  }, [account, conversation, last]);
  return (
    <p className="soft typing" role="status">
      {typing ? t.typing : ""}
    </p>
  );
}

/** Tells the contact that I write; gives what is called at each key. */
export function useTyping(conversation: string): () => void {
  const { account } = useSession();
  const at = useRef(0);
  return useCallback(() => {
    if (Date.now() - at.current < SAID) return;
    at.current = Date.now();
    done(api.PUT(`${ACCOUNT}/conversations/{id}/typing`, { params: { path: { ...account, id: conversation } } })).catch(() => undefined);
  }, [account, conversation]);
}
