import { PlusOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { Link } from "react-router";
import { Card } from "../../parts/Card";
import { Trouble } from "../../parts/Trouble";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Marks } from "./Marks";
import { useTickets } from "./data";
import { words } from "./words";
import "./tickets.css";

// The form is fetched when somebody makes a ticket: most talks end without one.
const NewTicket = lazy(() => import("./NewTicket"));

interface Props {
  /** `null`: nobody knows who it is. */
  contact: string | null;
  /** The talk in which a new one comes up. */
  conversation?: string;
}

/** The tickets of whom one talks with, and a new one in one click. */
export default function OfContact({ contact, conversation }: Props) {
  const t = useWords(words);
  const { may } = useSession();
  const [isNew, setNew] = useState(false);
  const found = useTickets(contact ? { contact } : { conversation: conversation ?? null });
  return (
    <Card
      title={t.ofContact}
      actions={
        may("tickets.create") && (
          <Button size="small" icon={<PlusOutlined />} onClick={() => setNew(true)}>
            {t.fromTalk}
          </Button>
        )
      }
    >
      {found.isError && <Trouble problem={found.error} again={() => void found.refetch()} />}
      {found.data?.length === 0 && <p className="soft">{t.noneOfContact}</p>}
      <ul className="ticket-list">
        {(found.data ?? []).slice(0, 20).map((one) => (
          <li key={one.id}>
            <Link to={`/tickets/${one.id}`}>
              {one.number} · {one.title}
            </Link>
            <Marks ticket={one} />
          </li>
        ))}
      </ul>
      {isNew && (
        <Suspense>
          <NewTicket conversation={conversation} contact={conversation ? undefined : (contact ?? undefined)} onClose={() => setNew(false)} />
        </Suspense>
      )}
    </Card>
  );
}
