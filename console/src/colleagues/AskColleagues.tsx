import { CommentOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useSession } from "../session";
import { dictionary, useWords } from "../words";
import { openColleagues } from "./store";

const words = dictionary({ en: { ask: "Ask a colleague about this" }, zh: { ask: "就此询问同事" } });

/** Opens the panel; what one writes there next leads to this conversation. */
export function AskColleagues({ conversation }: { conversation: string }) {
  const t = useWords(words);
  const { may } = useSession();
  if (!may("colleagues.write")) return null;
  return (
    <Button icon={<CommentOutlined />} onClick={() => openColleagues(conversation)}>
      {t.ask}
    </Button>
  );
}
