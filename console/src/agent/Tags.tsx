import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, done, type Shown } from "../api";
import { useTold } from "../parts/told";
import { useSession } from "../session";
import { dictionary, useWords } from "../words";

const words = dictionary({ en: { title: "Tags" }, zh: { title: "标签" } });
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** The account's tags, those of this conversation pressed. */
export function Tags({ conversation }: { conversation: Shown["ConversationReply"] }) {
  const t = useWords(words);
  const { account } = useSession();
  const client = useQueryClient();
  const told = useTold();
  const all = useQuery({ queryKey: ["tags"], queryFn: () => done(api.GET(`${ACCOUNT}/tags`, { params: { path: account } })) });
  const mark = useMutation({
    mutationFn: (tags: string[]) => done(api.PUT(`${ACCOUNT}/conversations/{id}/tags`, { params: { path: { ...account, id: conversation.id } }, body: { tags } })),
    onError: told.bad,
    onSettled: () => client.invalidateQueries({ queryKey: ["conversations"] }),
  });
  const own = conversation.tags;
  const shown = (all.data ?? []).filter((tag) => tag.active || own.includes(tag.id));
  if (shown.length === 0) return null;
  return (
    <>
      <h3>{t.title}</h3>
      <div className="choices" role="group" aria-label={t.title}>
        {shown.map((tag) => {
          const is = own.includes(tag.id);
          return (
            <button key={tag.id} type="button" className="choice" aria-pressed={is} disabled={mark.isPending} onClick={() => mark.mutate(is ? own.filter((one) => one !== tag.id) : [...own, tag.id])}>
              {tag.name}
            </button>
          );
        })}
      </div>
    </>
  );
}
