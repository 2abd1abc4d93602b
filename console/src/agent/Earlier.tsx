import type { Shown } from "../api";
import { Moment } from "../parts/Moment";
import { useWords } from "../words";
import { words } from "./cardWords";
import { useDispositionNames } from "./dispositions";
import { useNames } from "./hooks";

/** What was before, newest first: when, for which queue, and what came of it. */
export function Earlier({ of }: { of: readonly Shown["EarlierReply"][] }) {
  const t = useWords(words);
  const names = useNames();
  const disposition = useDispositionNames();
  if (of.length === 0) return <p className="soft earlier-none">{t.first}</p>;
  return (
    <ul className="earlier" aria-label={t.earlier}>
      {of.map((one) => {
        const said = [one.agent ? disposition(one.queue, one.disposition) : t.nobody, one.agent && names.agent(one.agent)].filter(Boolean);
        return (
          <li key={one.conversation}>
            <span className="earlier-when soft">
              <Moment at={one.at} />
            </span>
            <span className="earlier-words">
              {names.queue(one.queue)} {said.length > 0 && <span className="soft">{said.join(" · ")}</span>}
              {one.note && <span className="earlier-note">{one.note}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
