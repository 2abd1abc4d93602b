import { StarFilled, StarOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { words } from "../../agent/cardWords";
import { Earlier } from "../../agent/Earlier";
import { useContactCard } from "../../agent/hooks";
import { api, done } from "../../api";
import { Badge } from "../../parts/Badge";
import { Card } from "../../parts/Card";
import { useNumberPlace } from "../../parts/numberPlace";
import { useTold } from "../../parts/told";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { ContactFile } from "./ContactFile";

/** With whom it is, and what was before. */
export function ContactCard({ conversation }: { conversation: string }) {
  const t = useWords(words);
  const { account, may } = useSession();
  const told = useTold();
  const client = useQueryClient();
  const card = useContactCard(conversation).data;
  const care = useMutation({
    mutationFn: (vip: boolean) => done(api.PUT("/api/v1/accounts/{account_id}/conversations/{id}/vip", { params: { path: { ...account, id: conversation } }, body: { vip } })),
    onError: told.bad,
    onSettled: () => client.invalidateQueries({ queryKey: ["conversation", conversation, "card"] }),
  });
  const place = useNumberPlace(card?.place);
  if (!card) return null;
  return (
    <Card
      title={
        <>
          {card.name ?? t.title} {card.vip && <Badge tone="warn">{t.vip}</Badge>}
        </>
      }
      actions={
        card.contact &&
        may("contacts.edit") && (
          <Button
            type="text"
            size="small"
            icon={card.vip ? <StarFilled /> : <StarOutlined />}
            aria-pressed={card.vip}
            aria-label={card.vip ? t.noVip : t.makeVip}
            title={card.vip ? t.noVip : t.makeVip}
            loading={care.isPending}
            onClick={() => care.mutate(!card.vip)}
          />
        )
      }
    >
      {place && <p className="soft">{place}</p>}
      {card.callbacks > 0 && <p className="offer-owed">{t.owed(card.callbacks)}</p>}
      {card.contact && <ContactFile contact={card.contact} />}
      {card.contact ? <Earlier of={card.earlier} /> : <p className="soft earlier-none">{t.unknown}</p>}
    </Card>
  );
}
