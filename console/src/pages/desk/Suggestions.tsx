import { BulbOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: {
    title: "Suggestions of your mentor",
    from: (name: string) => `${name} suggests:`,
    mentor: "Your mentor",
    take: "Take into the box",
    dismiss: "Dismiss",
    read: "Understood",
    hint: "Only you see it",
  },
  zh: { title: "导师建议", from: (name) => `${name}建议：`, mentor: "您的导师", take: "填入输入框", dismiss: "忽略", read: "知道了", hint: "仅您可见" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";
type Suggestion = Shown["SuggestionReply"];

/** What a mentor suggests in this conversation, until it is taken or put aside. Nothing of it is sent. In a call there is no box to take it into. */
export default function Suggestions({ conversation, take }: { conversation: string; take?: (text: string) => void }) {
  const t = useWords(words);
  const { account, agent } = useSession();
  const told = useTold();
  const client = useQueryClient();
  const key = ["conversation", conversation, "suggestions"];
  const all = useQuery({
    queryKey: key,
    queryFn: () => done(api.GET(`${ACCOUNT}/conversations/{id}/suggestions`, { params: { path: { ...account, id: conversation } } })),
  });
  const settle = useMutation({
    mutationFn: ({ id, outcome }: { id: string; outcome: "taken" | "dismissed" }) =>
      done(api.PUT(`${ACCOUNT}/suggestions/{id}`, { params: { path: { ...account, id } }, body: { outcome } })),
    onError: told.bad,
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  const open = (all.data ?? []).filter((one) => one.agent === agent?.id && !one.outcome);
  const into = (one: Suggestion) => {
    take?.(one.text);
    settle.mutate({ id: one.id, outcome: "taken" });
  };
  return (
    <ul className="suggestions" aria-label={t.title} aria-live="polite">
      {open.map((one, n) => (
        <li key={one.id}>
          <span className="soft">
            <BulbOutlined aria-hidden="true" /> {t.from(one.mentor_name ?? t.mentor)}
          </span>
          <span className="line-text">{one.text}</span>
          <span className="suggestion-acts">
            {/* Reached by its key: the oldest is taken first. */}
            <Button size="small" id={n === 0 ? "suggestion" : undefined} onClick={() => into(one)}>
              {take ? t.take : t.read}
            </Button>
            {take && (
              <Button size="small" type="text" onClick={() => settle.mutate({ id: one.id, outcome: "dismissed" })}>
                {t.dismiss}
              </Button>
            )}
            <span className="soft">{t.hint}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
