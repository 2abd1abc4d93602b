import { useCallback, useEffect, useRef, useState } from "react";
import { api, done } from "../../api";
import { useHappened } from "../../events";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { words } from "./words";

/** How long it is believed that somebody writes who does not say so again. */
const BELIEVED = 6_000;
/** How often it is said that I write. */
const SAID = 2_500;

/** Who answers writes just now. */
export function Writing({ talk }: { talk: string | null }) {
  const t = useWords(words);
  const [who, setWho] = useState<string | null>(null);
  const timer = useRef<number | undefined>(undefined);
  const stop = useCallback(() => {
    window.clearTimeout(timer.current);
    setWho(null);
  }, []);
  useHappened(({ type, data }) => {
    if (talk === null || data.conversation !== talk || data.asked !== true) return;
    if (type === "typing") {
      setWho(typeof data.name === "string" ? data.name : "");
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(stop, BELIEVED);
    } else if (type === "message_created") stop();
  });
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return (
    <p className="soft help-writing" role="status">
      {who === null ? "" : t.writing(who)}
    </p>
  );
}

/** Tells who has mine in hand that I write; gives what is called at each key. */
export function useSayWriting(talk: string | null): () => void {
  const account = useAccount();
  const at = useRef(0);
  return useCallback(() => {
    if (talk === null || Date.now() - at.current < SAID) return;
    at.current = Date.now();
    done(api.PUT("/api/v1/accounts/{account_id}/help_talks/{id}/typing", { params: { path: { ...account, id: talk } } })).catch(() => undefined);
  }, [account, talk]);
}
