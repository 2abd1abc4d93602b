import { useEffect, useRef, useState } from "react";
import { useHappened } from "../../events";
import { heard, type Caption } from "../../events/captions";
import { useSession } from "../../session";
import { useNames } from "../../agent/hooks";
import { Card } from "../../parts/Card";
import { useWords } from "../../words";
import { words } from "./words";

/** What is being said, as it is understood, by speaker. Follows by itself unless one has scrolled up to read. */
export function Captions({ conversation }: { conversation: string }) {
  const t = useWords(words);
  const { agent } = useSession();
  const names = useNames();
  const [captions, setCaptions] = useState<readonly Caption[]>([]);
  useHappened((happened) => setCaptions((old) => heard(old, conversation, happened)));
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const { current } = box;
    if (current && follows.current) current.scrollTop = current.scrollHeight;
  }, [captions]);
  const speaker = (one: Caption) => (one.speaker === "agent" ? (one.agent === agent?.id ? t.me : (names.agent(one.agent) ?? t.agent)) : one.speaker === "bot" ? t.bot : t.contact);
  return (
    <Card title={t.captions} flush>
      <div
        ref={box}
        className="captions"
        role="log"
        aria-live="off"
        tabIndex={0}
        aria-label={t.captions}
        onScroll={({ currentTarget: at }) => {
          follows.current = at.scrollHeight - at.scrollTop - at.clientHeight < 40;
        }}
      >
        {captions.length === 0 && (
          <p className="soft">
            {t.captionsEmpty} {t.captionsOff}
          </p>
        )}
        {captions.map((one) => (
          <p key={one.seq} className={`said said-${one.speaker}`}>
            <span className="said-who">{speaker(one)}</span> {one.text}
          </p>
        ))}
      </div>
    </Card>
  );
}
