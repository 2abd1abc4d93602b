import type { Shown } from "../api";
import { Badge } from "../parts/Badge";
import { channelNames } from "../parts/channelNames";
import { Moment } from "../parts/Moment";
import { Tag } from "../parts/Tag";
import { useWords } from "../words";
import { words } from "./cardWords";
import { useDispositionNames } from "./dispositions";
import { useNames } from "./hooks";

/** What was before, what goes on first: when, over which channel, for which queue, and what came of it. */
export function Earlier({ of }: { of: readonly Shown["EarlierReply"][] }) {
  const t = useWords(words);
  const channels = useWords(channelNames);
  const names = useNames();
  const disposition = useDispositionNames();
  if (of.length === 0) return <p className="soft earlier-none">{t.first}</p>;
  return (
    <ul className="earlier" aria-label={t.earlier}>
      {of.map((one) => {
        const from = [channels[one.channel] ?? one.channel, one.inbox].filter(Boolean).join(" · ");
        const nobody = one.open ? null : t.nobody;
        const said = [one.agent ? disposition(one.queue, one.disposition) : nobody, one.agent && names.agent(one.agent)].filter(Boolean);
        return (
          <li key={one.conversation}>
            <span className="earlier-when soft">
              <Moment at={one.at} />
            </span>
            <span className="earlier-words">
              {one.open && <Badge tone="warn">{t.goesOn}</Badge>} {names.queue(one.queue)} <span className="soft">{[from, ...said].join(" · ")}</span>{" "}
              {one.tags.map((tag) => (
                <Tag key={tag.id} name={tag.name} colour={tag.colour} />
              ))}
              {one.said && <span className="earlier-note">“{one.said}”</span>}
              {one.note && <span className="earlier-note">{one.note}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
