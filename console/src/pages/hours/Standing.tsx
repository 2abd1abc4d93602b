import type { Shown } from "../../api";
import { Badge, Moment } from "../../parts";
import { useWords } from "../../words";
import { words } from "./words";

/** Open or not, and until when. */
export function Standing({ now }: { now: Shown["PreviewReply"] }) {
  const t = useWords(words);
  const isOpen = now.state === "open";
  const at = isOpen ? now.closes : now.opens;
  return (
    <span>
      <Badge tone={isOpen ? "good" : "quiet"}>{isOpen ? t.open : now.holiday ? `${t.holiday} · ${now.holiday}` : t.closed}</Badge>{" "}
      {at ? (
        <>
          {isOpen ? t.closes : t.opens} <Moment at={at} />
        </>
      ) : (
        <span className="soft">{isOpen ? t.always : t.never}</span>
      )}
    </span>
  );
}
