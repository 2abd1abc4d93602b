import { useQuery } from "@tanstack/react-query";
import { Suspense } from "react";
import { Link } from "react-router";
import { api, done } from "../../api";
import { Badge } from "../../parts/Badge";
import { useAccount } from "../../session";
import { dictionary, useWords } from "../../words";
import { later } from "../../parts/later";

// Nobody waits for it: it stands below the name.
const ContactTags = later(() => import("./ContactTags"));

const words = dictionary({
  en: { open: "Open the file", blocked: "Blocked", proposed: "Block proposed", preferred: "Preferred", noMarketing: "No marketing" },
  zh: { open: "打开档案", blocked: "已拉黑", proposed: "待批准拉黑", preferred: "优先", noMarketing: "拒绝营销" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** What the account keeps of whom one talks with: fields, tags, and what to mind. */
export function ContactFile({ contact }: { contact: string }) {
  const t = useWords(words);
  const account = useAccount();
  const file = useQuery({ queryKey: ["contacts", contact], queryFn: () => done(api.GET(`${ACCOUNT}/contacts/{id}`, { params: { path: { ...account, id: contact } } })) }).data;
  const fields = useQuery({ queryKey: ["contact_fields"], queryFn: () => done(api.GET(`${ACCOUNT}/contact_fields`, { params: { path: account } })) }).data;
  if (!file) return null;
  const known = (fields ?? []).filter((field) => file.fields[field.id] !== undefined);
  return (
    <>
      <p>
        {file.block && <Badge tone="bad">{file.block.state === "active" ? t.blocked : t.proposed}</Badge>} {file.tier === "preferred" && <Badge tone="warn">{t.preferred}</Badge>}{" "}
        {file.consents.marketing?.given === false && <Badge tone="quiet">{t.noMarketing}</Badge>}
      </p>
      <Suspense>
        <ContactTags file={file} />
      </Suspense>
      {known.length > 0 && (
        <dl style={{ display: "grid", gridTemplateColumns: "auto 1fr", gap: "2px 12px", margin: 0 }}>
          {known.map((field) => [
            <dt key={field.id} className="soft">
              {field.name}
            </dt>,
            <dd key={`${field.id} value`} style={{ margin: 0, overflowWrap: "anywhere" }}>
              {file.fields[field.id]}
            </dd>,
          ])}
        </dl>
      )}
      <Link to={`/contacts/${file.id}`}>{t.open}</Link>
    </>
  );
}
