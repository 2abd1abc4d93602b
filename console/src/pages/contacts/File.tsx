import { Button } from "antd";
import { useNavigate } from "react-router";
import { Badge, Page, Trouble, Waiting } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import OfContact from "../tickets/OfContact";
import { Block } from "./Block";
import { Consents } from "./Consents";
import { Belongs } from "./Belongs";
import { Identities } from "./Identities";
import { Merge } from "./Merge";
import { Profile } from "./Profile";
import { Timeline } from "./Timeline";
import { Track } from "./Track";
import { useContact } from "./data";
import "./contacts.css";
import { words } from "./words";

/** One person: what is known of them, by what they are known, what was talked about. */
export function File({ id }: { id: string }) {
  const t = useWords(words);
  const go = useNavigate();
  const { may } = useSession();
  const found = useContact(id);
  const contact = found.data;
  return (
    <Page
      title={contact?.name ?? t.noName}
      about={
        contact && (
          <>
            {contact.tier !== "standard" && <Badge tone="warn">{contact.tier === "vip" ? t.vip : t.preferred}</Badge>}
            {contact.block && <Badge tone="bad">{contact.block.state === "active" ? t.blocked : t.proposed}</Badge>}
            <Belongs contact={contact.id} />
          </>
        )
      }
      actions={<Button onClick={() => void go("/contacts")}>{t.back}</Button>}
    >
      {found.isPending && <Waiting />}
      {found.isError && <Trouble problem={found.error} again={() => void found.refetch()} />}
      {contact && (
        <div className="contact-file">
          <div className="contact-half">
            <Profile key={`${contact.id} ${contact.name ?? ""} ${contact.tier}`} contact={contact} />
            <Identities contact={contact} />
            <Consents contact={contact} />
          </div>
          <div className="contact-half">
            <Timeline contact={contact.id} />
            {may("tickets.work") && <OfContact contact={contact.id} />}
            <Track contact={contact.id} />
            <Merge contact={contact} />
            {may("conversations.answer") && <Block contact={contact} />}
          </div>
        </div>
      )}
    </Page>
  );
}
