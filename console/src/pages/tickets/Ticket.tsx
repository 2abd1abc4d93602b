import { Button, Select } from "antd";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { api, done } from "../../api";
import { Card, Moment, Page, Trouble, useTold, Waiting } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { Comment } from "./Comment";
import { EditTicket } from "./EditTicket";
import { GiveTicket } from "./GiveTicket";
import { History } from "./History";
import { Marks } from "./Marks";
import { PRIORITIES, useDepartments, usePeople, useTicket, useTypes } from "./data";
import { nameOf, words } from "./words";

const TICKET = "/api/v1/accounts/{account_id}/tickets/{id}";

/** One ticket: what it is about, who has it, what happened. */
export function Ticket({ id }: { id: string }) {
  const t = useWords(words);
  const go = useNavigate();
  const told = useTold();
  const { may, user, agent } = useSession();
  // Where one reads talks; a department reads none.
  const talks = agent && may("conversations.answer") ? "/desk?conversation=" : may("recordings.play") ? "/review?c=" : null;
  const found = useTicket(id);
  const { data: types } = useTypes();
  const { data: departments } = useDepartments();
  const { data: people } = usePeople();
  const [sheet, setSheet] = useState<"edit" | "give" | null>(null);
  const move = useSave((account, state: string) => done(api.POST(`${TICKET}/state`, { params: { path: { ...account, id } }, body: { state } })), ["tickets"]);
  const hurry = useSave((account, priority: string) => done(api.PUT(`${TICKET}/priority`, { params: { path: { ...account, id } }, body: { priority } })), ["tickets"]);
  const claim = useSave((account) => done(api.POST(`${TICKET}/claim`, { params: { path: { ...account, id } } })), ["tickets"]);
  const ticket = found.data?.ticket;
  const kind = types?.find((one) => one.id === ticket?.type);
  const isArchived = ticket?.state === "archived";
  const steps = (ticket?.next ?? []).filter((state) => state !== "archived" || may("tickets.create"));
  const step = (state: string) =>
    state === "open" ? (ticket?.state === "solved" ? t.toOpen : t.toWork) : { pending: t.toPending, waiting: t.toWaiting, solved: t.toSolved, archived: t.toArchived }[state];
  const fields = Object.entries(ticket?.fields ?? {});
  return (
    <Page
      title={ticket ? `${t.ticket(ticket.number)} · ${ticket.title}` : t.title}
      about={ticket && <Marks ticket={ticket} />}
      actions={<Button onClick={() => void go("/tickets")}>{t.back}</Button>}
    >
      {found.isPending && <Waiting />}
      {found.isError && <Trouble problem={found.error} again={() => void found.refetch()} />}
      {ticket && (
        <div className="ticket-page">
          <div className="ticket-half">
            {isArchived && <p role="status">{t.archivedHelp}</p>}
            {!isArchived && (
              <div className="ticket-filters">
                {ticket.assignee !== user.id && !ticket.assignee && (
                  <Button type="primary" loading={claim.isPending} onClick={() => claim.mutate(undefined, { onError: told.bad })}>
                    {t.claim}
                  </Button>
                )}
                {steps.map((state) => (
                  <Button key={state} loading={move.isPending && move.variables === state} onClick={() => move.mutate(state, { onError: told.bad })}>
                    {step(state)}
                  </Button>
                ))}
                {may("tickets.assign") && <Button onClick={() => setSheet("give")}>{t.give}</Button>}
                <Button onClick={() => setSheet("edit")}>{t.edit}</Button>
              </div>
            )}
            <Card title={t.problem}>
              <p className={ticket.problem ? "ticket-said" : "soft"}>{ticket.problem || t.noProblem}</p>
            </Card>
            <Card title={t.fields}>
              <dl className="ticket-facts">
                <dt className="soft">{t.kind}</dt>
                <dd>{kind?.name}</dd>
                <dt className="soft">{t.priority}</dt>
                <dd>
                  {may("tickets.create") && !isArchived ? (
                    <Select
                      size="small"
                      style={{ minWidth: 120 }}
                      aria-label={t.priority}
                      value={ticket.priority}
                      onChange={(value) => hurry.mutate(value, { onError: told.bad })}
                      options={PRIORITIES.map((value) => ({ value, label: nameOf(t, value) }))}
                    />
                  ) : (
                    nameOf(t, ticket.priority)
                  )}
                </dd>
                <dt className="soft">{t.due}</dt>
                <dd>{ticket.due_at ? <Moment at={ticket.due_at} /> : t.noEnd}</dd>
                <dt className="soft">{t.department}</dt>
                <dd>{departments?.find((one) => one.id === ticket.department)?.name ?? t.nobody}</dd>
                <dt className="soft">{t.assignee}</dt>
                <dd>{people?.find((one) => one.id === ticket.assignee)?.name ?? t.nobody}</dd>
                <dt className="soft">{t.createdAt}</dt>
                <dd>
                  <Moment at={ticket.created_at} />
                </dd>
                {ticket.contact && (
                  <>
                    <dt className="soft">{t.contact}</dt>
                    <dd>{may("contacts.edit") ? <Link to={`/contacts/${ticket.contact}`}>{ticket.contact_name ?? t.contact}</Link> : (ticket.contact_name ?? "–")}</dd>
                  </>
                )}
                {ticket.conversation_id && talks && (
                  <>
                    <dt className="soft">{t.talk}</dt>
                    <dd>
                      <Link to={`${talks}${ticket.conversation_id}`}>{t.openTalk}</Link>
                    </dd>
                  </>
                )}
                {fields.map(([name, value]) => [
                  <dt key={`${name} name`} className="soft">
                    {name}
                  </dt>,
                  <dd key={`${name} value`}>{value}</dd>,
                ])}
              </dl>
            </Card>
          </div>
          <div className="ticket-half">
            <Card title={t.history}>
              <History of={found.data?.history ?? []} people={people} departments={departments} />
            </Card>
            {!isArchived && <Comment ticket={ticket} />}
          </div>
        </div>
      )}
      {ticket && sheet === "edit" && <EditTicket ticket={ticket} kind={kind} onClose={() => setSheet(null)} />}
      {ticket && sheet === "give" && <GiveTicket ticket={ticket} onClose={() => setSheet(null)} />}
    </Page>
  );
}
