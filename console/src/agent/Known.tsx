import type { Shown } from "../api";
import { Badge } from "../parts/Badge";
import { Tag } from "../parts/Tag";
import { useWords } from "../words";
import { words } from "./cardWords";

/** What to know of somebody before one answers: their tags, and their tickets that are at work. */
export function Known({ card }: { card: Shown["ContactCardReply"] }) {
  const t = useWords(words);
  if (card.tags.length === 0 && card.tickets.length === 0) return null;
  return (
    <div className="known">
      {card.tags.length > 0 && (
        <span className="known-tags">
          {card.tags.map((tag) => (
            <Tag key={tag.id} name={tag.name} colour={tag.colour} />
          ))}
        </span>
      )}
      {card.tickets.map((ticket) => (
        <span key={ticket.id}>
          <Badge tone="warn">{t.ticket}</Badge> {ticket.number} · {ticket.title}
        </span>
      ))}
    </div>
  );
}
