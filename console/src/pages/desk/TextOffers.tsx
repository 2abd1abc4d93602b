import { MessageOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { api, done } from "../../api";
import { Card } from "../../parts/Card";
import { Clock } from "../../parts/Clock";
import { useTold } from "../../parts/told";
import { useNames } from "../../agent/hooks";
import { useSession } from "../../session";
import { dictionary, useWords } from "../../words";

const words = dictionary({
  en: { title: "Messages for me", take: "Take", leave: "Leave it", open: "Open", silent: "Nothing written yet" },
  zh: { title: "分配给我的消息", take: "接待", leave: "放弃", open: "打开", silent: "尚无内容" },
});
const ACCOUNT = "/api/v1/accounts/{account_id}";

/** Texts that I am being asked to take, and those in my hands. A call rings; these are answered here. */
export function TextOffers({ open }: { open: (conversation: string) => void }) {
  const t = useWords(words);
  const { account } = useSession();
  const names = useNames();
  const told = useTold();
  const client = useQueryClient();
  const offers = useQuery({ queryKey: ["offers", "texts"], queryFn: () => done(api.GET(`${ACCOUNT}/text_offers`, { params: { path: account } })) });
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
              <Clock since={offer.offered_at} />
            </span>
            <span className="row-below">{offer.said ?? t.silent}</span>
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
