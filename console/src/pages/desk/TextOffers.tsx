import { MessageOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { api, done } from "../../api";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { Clock } from "../../parts/Clock";
import { useTold } from "../../parts/told";
import { words as cardWords } from "../../agent/cardWords";
import { Earlier } from "../../agent/Earlier";
import { useContactCard, useNames, useTextOffers } from "../../agent/hooks";
import { Known } from "../../agent/Known";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";
import { Awaited } from "./Awaited";

/** Who writes, and what goes on with them elsewhere. */
function Whom({ conversation }: { conversation: string }) {
  const c = useWords(cardWords);
  const card = useContactCard(conversation).data;
  if (!card?.contact) return null;
  return (
    <>
      {(card.name || card.vip) && (
        <span className="row-below">
          {card.name} {card.vip && <Badge tone="warn">{c.vip}</Badge>}
        </span>
      )}
      <Known card={card} />
      {card.earlier.length > 0 && <Earlier of={card.earlier} />}
    </>
  );
}

const words = dictionary({
  en: { title: "Messages for me", take: "Take", leave: "Leave it", open: "Open", silent: "Nothing written yet", passes: (name: string) => `${name} passes this on to you`, asks: (name: string) => `${name} asks you to join`, colleague: "A colleague", ruled: (rule: string) => `By rule “${rule}”.` },
  zh: { title: "分配给我的消息", take: "接待", leave: "放弃", open: "打开", silent: "尚无内容", passes: (name) => `${name} 转接给您`, asks: (name) => `${name} 邀请您加入`, colleague: "同事", ruled: (rule) => `按规则“${rule}”。` },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** Texts that I am being asked to take, and those in my hands. A call rings; these are answered here. */
export function TextOffers({ open }: { open: (conversation: string) => void }) {
  const t = useWords(words);
  const { account } = useSession();
  const names = useNames();
  const told = useTold();
  const client = useQueryClient();
  const offers = useTextOffers();
  const answer = useMutation({
    mutationFn: ({ id, takes }: { id: string; takes: boolean; conversation: string }) =>
      done(api.POST(takes ? `${ACCOUNT}/text_offers/{id}/accept` : `${ACCOUNT}/text_offers/{id}/decline`, { params: { path: { ...account, id } } })),
    onSuccess: (_, { takes, conversation }) => takes && open(conversation),
    onError: told.bad,
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ["offers"] }), client.invalidateQueries({ queryKey: ["conversations"] })]),
  });
  if (!offers.data?.length) return null;
  return (
    <Card title={t.title} flush>
      <ul className="text-offers">
        {offers.data.map((offer) => (
          <li key={offer.id} className="row">
            <span className="row-top">
              <span className="row-who">
                <MessageOutlined aria-hidden="true" /> {names.queue(offer.queue) ?? ""}
              </span>
              {!offer.late_at && <Clock since={offer.offered_at} />}
            </span>
            {offer.waiting_since && offer.late_at && (
              <span className="row-below">
                <Awaited since={offer.waiting_since} lateAt={offer.late_at} />
              </span>
            )}
            {offer.passed && (
              <span className="row-below">
                {(offer.passed.mode === "join" ? t.asks : t.passes)(names.agent(offer.passed.by) ?? t.colleague)}
                {offer.passed.reason ? `: ${offer.passed.reason}` : ""}
              </span>
            )}
            <span className="row-below">{offer.said ?? t.silent}</span>
            {offer.ruled.map(({ rule, done }) => (
              <span key={rule} className="row-below soft">
                {[t.ruled(rule), ...done.filter(({ what }) => what === "note").map(({ name }) => name)].join(" ")}
              </span>
            ))}
            {offer.state === "offered" && <Whom conversation={offer.conversation} />}
            <span className="row-below">
              {offer.state === "offered" ? (
                <>
                  <Button size="small" type="primary" onClick={() => answer.mutate({ id: offer.id, takes: true, conversation: offer.conversation })}>
                    {t.take}
                  </Button>
                  <Button size="small" onClick={() => answer.mutate({ id: offer.id, takes: false, conversation: offer.conversation })}>
                    {t.leave}
                  </Button>
                </>
              ) : (
                <Button size="small" onClick={() => open(offer.conversation)}>
                  {t.open}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
