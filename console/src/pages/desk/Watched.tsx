import { EyeOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { api, done } from "../../api";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: { watched: (names: string) => `${names} mentors you: sees the talks you have in hand, and may whisper to you.`, mentor: "Somebody" },
  zh: { watched: (names) => `${names}正在带教您：可查看您当前的会话，并可对您耳语。`, mentor: "有人" },
});

/** Nobody looks over an agent's shoulder unseen: who their mentor is stands on their desk. */
export function Watched() {
  const t = useWords(words);
  const { account } = useSession();
  const known = useQuery({
    queryKey: ["mentoring", "mine"],
    queryFn: () => done(api.GET("/api/v1/accounts/{account_id}/mentoring", { params: { path: account } })),
  });
  const mentors = known.data?.mentors ?? [];
  if (mentors.length === 0) return null;
  return (
    <p className="watched soft" role="status">
      <EyeOutlined aria-hidden="true" /> {t.watched(mentors.map((one) => one.mentor_name ?? t.mentor).join(", "))}
    </p>
  );
}
