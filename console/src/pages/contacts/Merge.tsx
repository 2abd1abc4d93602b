import { useQuery } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { Link } from "react-router";
import { api, done } from "../../api";
import { Badge, Card, Moment, useTold } from "../../parts";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Contact } from "./data";
import { whyNames, words } from "./words";

/** Who might be the same person, and what was merged into this file. */
export function Merge({ contact }: { contact: Contact }) {
  const t = useWords(words);
  const reasons = useWords(whyNames);
  const account = useAccount();
  const told = useTold();
  const { may } = useSession();
  const path = { ...account, id: contact.id };
  const alike = useQuery({ queryKey: ["contacts", contact.id, "alike"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/contacts/{id}/alike", { params: { path } })) });
  const merges = useQuery({ queryKey: ["contacts", contact.id, "merges"], queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/contacts/{id}/merges", { params: { path } })) });
  const merge = useSave((at, gone: string) => done(api.POST("/api/v1/accounts/{account_id}/contacts/{id}/merges", { params: { path: { ...at, id: contact.id } }, body: { gone } })), ["contacts"], ["conversations"]);
  const undo = useSave((at, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/contact_merges/{id}", { params: { path: { ...at, id } } })), ["contacts"], ["conversations"]);
  const mayMerge = may("contacts.merge");
  return (
    <Card title={t.merge}>
      <h3>{t.alike}</h3>
      {alike.data?.length === 0 && <p className="soft">{t.noAlike}</p>}
      <ul className="contact-list">
        {(alike.data ?? []).map(({ contact: other, why }) => (
          <li key={other.id} className="contact-line">
            <Link to={`/contacts/${other.id}`}>{other.name ?? t.noName}</Link>
            <span className="soft">{why.map((one) => reasons[one] ?? one).join(", ")}</span>
            {mayMerge && (
              <Popconfirm title={t.mergeSure} okText={t.mergeOne} onConfirm={() => merge.mutate(other.id, { onSuccess: () => told.good(t.merged), onError: told.bad })}>
                <Button size="small" loading={merge.isPending && merge.variables === other.id}>
                  {t.mergeOne}
                </Button>
              </Popconfirm>
            )}
          </li>
        ))}
      </ul>
      {(merges.data ?? []).length > 0 && <h3>{t.merges}</h3>}
      <ul className="contact-list">
        {(merges.data ?? []).map((one) => (
          <li key={one.id} className="contact-line">
            <Moment at={one.at} />
            <span className="soft">{t.moved(one.identities, one.conversations)}</span>
            {one.undone_at ? (
              <Badge tone="quiet">{t.undone}</Badge>
            ) : (
              mayMerge && (
                <Button size="small" loading={undo.isPending && undo.variables === one.id} onClick={() => undo.mutate(one.id, { onSuccess: () => told.good(t.undone), onError: told.bad })}>
                  {t.undo}
                </Button>
              )
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
