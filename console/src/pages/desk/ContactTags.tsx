import { useQuery } from "@tanstack/react-query";
import { api, done, type Shown } from "../../api";
import { Tag } from "../../parts/Tag";
import { TagSelect } from "../../parts/TagSelect";
import { useTold } from "../../parts/told";
import { useAccount, useSession } from "../../session";
import { dictionary, useWords } from "../../words";
import { useSave } from "../settings/data";

const words = dictionary({ en: { tags: "Tags of the contact" }, zh: { tags: "客户标签" } });
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** The tags of whom one talks with: they stay with the person, and are seen when they next call or write. */
export default function ContactTags({ file }: { file: Shown["ContactReply"] }) {
  const t = useWords(words);
  const account = useAccount();
  const told = useTold();
  const { may } = useSession();
  const tags = useQuery({ queryKey: ["tags"], queryFn: () => done(api.GET(`${ACCOUNT}/tags`, { params: { path: account } })) }).data ?? [];
  const mark = useSave((at, chosen: string[]) => done(api.PUT(`${ACCOUNT}/contacts/{id}/tags`, { params: { path: { ...at, id: file.id } }, body: { tags: chosen } })), ["contacts"], ["conversation"]);
  const shown = tags.filter((tag) => tag.active || file.tags.includes(tag.id));
  if (shown.length === 0) return null;
  if (!may("contacts.edit")) return shown.filter((tag) => file.tags.includes(tag.id)).map((tag) => <Tag key={tag.id} name={tag.name} colour={tag.colour} />);
  return <TagSelect label={t.tags} tags={tags} value={mark.isPending ? mark.variables : file.tags} disabled={mark.isPending} onChange={(chosen) => mark.mutate(chosen, { onError: told.bad })} />;
}
