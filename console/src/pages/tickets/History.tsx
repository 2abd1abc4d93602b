import { Moment } from "../../parts";
import { useWords } from "../../words";
import type { Entry } from "./data";
import { nameOf, words } from "./words";

interface Named {
  id: string;
  name: string;
}

/** What happened with a ticket: each line with who and when. */
export function History({ of, people, departments }: { of: readonly Entry[]; people?: readonly Named[]; departments?: readonly Named[] }) {
  const t = useWords(words);
  const name = (among: readonly Named[] | undefined, id: string | null | undefined) => among?.find((one) => one.id === id)?.name;
  const said = (entry: Entry) => {
    if (entry.kind === "moved" || entry.kind === "prioritised") return t.moved(nameOf(t, entry.was ?? ""), nameOf(t, entry.became ?? ""));
    if (entry.kind === "assigned") {
      if (entry.given?.user && entry.given.user === entry.by) return t.took;
      const to = [name(departments, entry.given?.department), name(people, entry.given?.user)].filter(Boolean).join(" · ");
      return to ? t.given(to) : t.givenBack;
    }
    return t[entry.kind as "created"] ?? entry.kind;
  };
  return (
    <ol className="ticket-history">
      {of.map((entry) => (
        <li key={entry.id}>
          <span className="soft">
            <Moment at={entry.at} /> · {name(people, entry.by) ?? t.house}
          </span>{" "}
          {said(entry)}
          {entry.text && <p className="ticket-said">{entry.text}</p>}
        </li>
      ))}
    </ol>
  );
}
