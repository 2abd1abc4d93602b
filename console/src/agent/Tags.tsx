import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, done, type Shown } from "../api";
import { grouped } from "../parts/tagGroups";
import { useTold } from "../parts/told";
import { useSession } from "../session";
import { dictionary, useWords } from "../words";

const words = dictionary({
  en: { title: "Tags", reserved: "Given and taken away by other roles" },
  zh: { title: "标签", reserved: "由其他角色添加或移除" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** The account's tags in their groups, those of this conversation pressed. */
export function Tags({ conversation }: { conversation: Shown["ConversationReply"] }) {
  const t = useWords(words);
  const { account } = useSession();
  const client = useQueryClient();
  const told = useTold();
  const all = useQuery({ queryKey: ["tags"], queryFn: () => done(api.GET(`${ACCOUNT}/tags`, { params: { path: account } })) });
  const mark = useMutation({
    mutationFn: (tags: string[]) => done(api.PUT(`${ACCOUNT}/conversations/{id}/tags`, { params: { path: { ...account, id: conversation.id } }, body: { tags } })),
    onError: told.bad,
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["conversations"] }), client.invalidateQueries({ queryKey: ["conversation", conversation.id] })]),
  });
  const own = conversation.tags;
  const groups = grouped(all.data ?? [], own);
  if (groups.length === 0) return null;
  return (
    <>
      <h3>{t.title}</h3>
      {groups.map(({ group, tags }) => (
        <div key={group ?? ""} className="choices" role="group" aria-label={group ?? t.title}>
          {group && <span className="soft">{group}</span>}
          {tags.map((tag) => {
            const is = own.includes(tag.id);
            return (
              <button
                key={tag.id}
                type="button"
                className="choice"
                aria-pressed={is}
                title={tag.reserved ? t.reserved : undefined}
                disabled={mark.isPending || tag.reserved}
                onClick={() => mark.mutate(is ? own.filter((one) => one !== tag.id) : [...own, tag.id])}
              >
                {tag.colour && <span aria-hidden="true" className="choice-dot" style={{ background: tag.colour }} />}
                {tag.name}
              </button>
            );
          })}
        </div>
      ))}
    </>
  );
}
