import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNames } from "../../agent/hooks";
import { api, done } from "../../api";
import { Moment } from "../../parts/Moment";
import { Trouble } from "../../parts/Trouble";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { reasons, wordOf, type Why as Reason } from "./why";
import { whyWords } from "./whyWords";
import "./why.css";

/** Who was asked to take a conversation, and why they; read when somebody wants to know. */
export function Why({ conversation }: { conversation: string }) {
  const t = useWords(whyWords);
  const [open, setOpen] = useState(false);
  return (
    <details className="why" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.title}</summary>
      {open && <Asked conversation={conversation} />}
    </details>
  );
}

function Asked({ conversation }: { conversation: string }) {
  const t = useWords(whyWords);
  const { account } = useSession();
  const names = useNames();
  const offers = useQuery({
    queryKey: ["conversation", conversation, "offers"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/conversations/{id}/offers", { params: { path: { ...account, id: conversation } } })),
  });
  if (offers.isError) return <Trouble problem={offers.error} again={() => void offers.refetch()} />;
  if (offers.data?.length === 0) return <p className="soft">{t.nobody}</p>;
  return (
    <ol>
      {(offers.data ?? []).map((offer) => (
        <li key={offer.id}>
          <span className="soft">
            <Moment at={offer.offered_at} />
          </span>{" "}
          <strong>{names.agent(offer.agent) ?? t.someone}</strong> {wordOf(t, "outcome", offer.outcome ?? "asked")}
          {offer.why ? <span className="soft"> · {reasons(offer.why as Reason, t, names.agent).join(" · ")}</span> : null}
        </li>
      ))}
    </ol>
  );
}
