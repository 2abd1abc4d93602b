import { TeamOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { Suspense, useState } from "react";
import { useNames } from "../../agent/hooks";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";
import { later } from "../../parts/later";

// Nobody waits for it: it comes when somebody passes something on.
const PassText = later(() => import("./PassText"));

const words = dictionary({
  en: { pass: "Pass on or ask to join", leave: "Leave it to them", together: (names: string) => `With you: ${names}`, somebody: "a colleague" },
  zh: { pass: "转接或邀请", leave: "退出会话", together: (names) => `共同处理：${names}`, somebody: "同事" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** Who has a text in hand beside me; and the ways to pass it on, to ask somebody to join, and to leave. */
export function InHand({ conversation }: { conversation: Shown["ConversationReply"] }) {
  const t = useWords(words);
  const { account, agent } = useSession();
  const names = useNames();
  const told = useTold();
  const client = useQueryClient();
  const [isPassing, setPassing] = useState(false);
  const others = [...new Set(conversation.participations.filter((part) => !part.left_at && part.agent !== agent?.id).map((part) => part.agent))];
  const leave = useMutation({
    mutationFn: () => done(api.POST(`${ACCOUNT}/conversations/{id}/leave`, { params: { path: { ...account, id: conversation.id } } })),
    onError: told.bad,
    onSettled: () => Promise.all(["conversation", "conversations", "offers"].map((noun) => client.invalidateQueries({ queryKey: [noun] }))),
  });
  return (
    <div className="in-hand">
      {others.length > 0 && (
        <p className="soft" role="status">
          <TeamOutlined aria-hidden="true" /> {t.together(others.map((one) => names.agent(one) ?? t.somebody).join(", "))}
        </p>
      )}
      {isPassing ? (
        <Suspense>
          <PassText conversation={conversation.id} close={() => setPassing(false)} />
        </Suspense>
      ) : (
        <div className="composer-below">
          <Button size="small" onClick={() => setPassing(true)}>
            {t.pass}
          </Button>
          {others.length > 0 && (
            <Button size="small" loading={leave.isPending} onClick={() => leave.mutate()}>
              {t.leave}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
