import { Radio } from "antd";
import { api, done } from "../../api";
import { Card, useTold } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import type { Contact } from "./data";
import { purposeNames, words } from "./words";

/** What they agreed to and what they refused, one by one. */
export function Consents({ contact }: { contact: Contact }) {
  const t = useWords(words);
  const purposes = useWords(purposeNames);
  const told = useTold();
  const { may } = useSession();
  const save = useSave(
    (account, consents: Record<string, boolean | null>) => done(api.PUT("/api/v1/accounts/{account_id}/contacts/{id}", { params: { path: { ...account, id: contact.id } }, body: { consents } })),
    ["contacts"],
  );
  return (
    <Card title={t.consents}>
      <ul className="contact-list">
        {Object.entries(purposes).map(([purpose, name]) => {
          const given = contact.consents[purpose]?.given;
          return (
            <li key={purpose} className="contact-line">
              <span>{name}</span>
              <Radio.Group
                size="small"
                optionType="button"
                aria-label={name}
                disabled={!may("contacts.edit") || save.isPending}
                value={given ?? null}
                onChange={(event) => save.mutate({ [purpose]: event.target.value as boolean | null }, { onError: told.bad })}
                options={[
                  { value: true, label: t.given },
                  { value: false, label: t.refused },
                  { value: null, label: t.notAsked },
                ]}
              />
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
