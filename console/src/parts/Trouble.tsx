import { Alert, Button } from "antd";
import { problemText } from "../api/problem";
import { dictionary, useLanguage, useWords } from "../words";
import "./waiting.css";

const words = dictionary({ en: { again: "Try again" }, zh: { again: "重试" } });

/** Something could not be read: why, and what to do. */
export function Trouble({ problem, again, whole = false }: { problem: unknown; again?: () => void; whole?: boolean }) {
  const t = useWords(words);
  const { language } = useLanguage();
  const action = again && (
    <Button size="small" onClick={again}>
      {t.again}
    </Button>
  );
  return (
    <div className={whole ? "waiting waiting-whole" : undefined}>
      <Alert type="error" showIcon title={problemText(problem, language)} action={action} />
    </div>
  );
}
