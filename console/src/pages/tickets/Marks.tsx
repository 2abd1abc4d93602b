import { Badge } from "../../parts/Badge";
import { useWords } from "../../words";
import { toneOf, type Ticket } from "./data";
import { nameOf, words } from "./words";

/** How a ticket stands, at a glance. */
export function Marks({ ticket }: { ticket: Pick<Ticket, "state" | "overdue" | "priority"> }) {
  const t = useWords(words);
  return (
    <>
      <Badge tone={toneOf(ticket)}>{nameOf(t, ticket.state)}</Badge>
      {ticket.overdue && <Badge tone="bad">{t.overdue}</Badge>}
      {(ticket.priority === "high" || ticket.priority === "urgent") && <Badge tone="warn">{nameOf(t, ticket.priority)}</Badge>}
    </>
  );
}
