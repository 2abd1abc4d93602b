import { Badge } from "../../parts/Badge";
import { Clock } from "../../parts/Clock";
import { useNow } from "../../parts/now";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: { waits: "waits for your answer", late: "waits too long for your answer" },
  zh: { waits: "等待您回复", late: "等待回复超时" },
});

/** How long a contact in hand waits for an answer. Milliseconds since 1970; from `lateAt` on it is too long. */
export function Awaited({ since, lateAt }: { since: number; lateAt: number }) {
  const t = useWords(words);
  const isLate = useNow() >= lateAt;
  return (
    <span className="awaited">
      <Badge tone={isLate ? "bad" : "quiet"}>{isLate ? t.late : t.waits}</Badge> <Clock since={since} late={lateAt - since} />
    </span>
  );
}
