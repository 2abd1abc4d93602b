import { GlobalOutlined, PhoneFilled, PhoneOutlined } from "@ant-design/icons";
import { useEffect, useRef } from "react";
import { Badge } from "../parts/Badge";
import { Clock } from "../parts/Clock";
import { MaskedNumber } from "../parts/MaskedNumber";
import { useNow } from "../parts/now";
import { useNumberPlace } from "../parts/numberPlace";
import type { PhoneCall } from "../phone/machine";
import type { PhoneStore } from "../phone/store";
import { useWords } from "../words";
import { words as cardWords } from "./cardWords";
import { Earlier } from "./Earlier";
import { useNames, useOfferCard, useWork } from "./hooks";
import { Known } from "./Known";
import { words } from "./words";
import "./agent.css";

/** A call that rings: who, what was before, for which queue, how long they have waited; before one answers. */
export function OfferCard({ call, store }: { call: PhoneCall; store: PhoneStore }) {
  const t = useWords(words);
  const c = useWords(cardWords);
  const names = useNames();
  const work = useWork();
  const card = useOfferCard(call.workItem).data;
  const place = useNumberPlace(card?.place);
  const now = useNow();
  const item = work.data?.find((one) => one.id === call.workItem);
  const queue = names.queue(item?.queue ?? card?.queue);
  const since = item?.enqueued_at ?? card?.enqueued_at;
  const name = card?.name ?? (call.name !== call.number ? call.name : null);
  const left = card && card.ring_for_ms > 0 ? Math.ceil((call.since + card.ring_for_ms - now) / 1000) : 0;
  const answer = useRef<HTMLButtonElement>(null);
  // Enter answers at once, unless somebody is typing elsewhere.
  useEffect(() => {
    const typing = document.activeElement?.matches("input, textarea, [contenteditable]");
    if (!typing) answer.current?.focus();
  }, []);
  return (
    <section className="offer" role="alertdialog" aria-labelledby="offer-kind" aria-describedby="offer-who">
      <div className="offer-kind" id="offer-kind">
        <PhoneFilled aria-hidden="true" /> {t.incoming}
        <span style={{ flex: 1 }} />
        {left > 0 && <span className="offer-left soft figures">{c.ringsFor(left)}</span>}
      </div>
      <div>
        <div className="offer-who" id="offer-who">
          {name ?? <MaskedNumber number={call.number} />} {card?.vip && <Badge tone="warn">{c.vip}</Badge>}
        </div>
        <div className="offer-facts soft">
          {card?.site ? (
            <span>
              <GlobalOutlined aria-hidden="true" /> {[c.fromSite, card.site.title && c.onPage(card.site.title), card.site.language].filter(Boolean).join(" · ")}
            </span>
          ) : (
            name && <MaskedNumber number={call.number} />
          )}
          {place && <span>{place}</span>}
          {queue ? <span>{t.forQueue(queue)}</span> : call.workItem && !item && !card && <span>{t.fromColleague}</span>}
          {since && (
            <span>
              {t.waited} <Clock since={since} late={120_000} />
            </span>
          )}
          {card && card.callbacks > 0 && <span className="offer-owed">{c.owed(card.callbacks)}</span>}
        </div>
      </div>
      {card && <Known card={card} />}
      {card && (card.contact ? <Earlier of={card.earlier} /> : <p className="soft earlier-none">{c.unknown}</p>)}
      <div className="offer-actions">
        <button ref={answer} type="button" className="press press-answer" onClick={store.answer}>
          <PhoneOutlined aria-hidden="true" /> {t.answer}
        </button>
        <button type="button" className="press" onClick={store.decline}>
          {t.decline}
        </button>
      </div>
    </section>
  );
}
