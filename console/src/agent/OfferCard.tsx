import { PhoneFilled, PhoneOutlined } from "@ant-design/icons";
import { useEffect, useRef } from "react";
import { Clock } from "../parts/Clock";
import { MaskedNumber } from "../parts/MaskedNumber";
import type { PhoneCall } from "../phone/machine";
import type { PhoneStore } from "../phone/store";
import { useWords } from "../words";
import { useNames, useWork } from "./hooks";
import { words } from "./words";
import "./agent.css";

/** A call that rings: who, for which queue, how long they have waited; before one answers. */
export function OfferCard({ call, store }: { call: PhoneCall; store: PhoneStore }) {
  const t = useWords(words);
  const names = useNames();
  const work = useWork();
  const item = work.data?.find((one) => one.id === call.workItem);
  const queue = names.queue(item?.queue);
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
      </div>
      <div>
        <div className="offer-who" id="offer-who">
          {call.name && call.name !== call.number ? call.name : <MaskedNumber number={call.number} />}
        </div>
        <div className="offer-facts soft">
          {call.name && call.name !== call.number && <MaskedNumber number={call.number} />}
          {item ? queue && <span>{t.forQueue(queue)}</span> : call.workItem && <span>{t.fromColleague}</span>}
          {item && (
            <span>
              {t.waited} <Clock since={item.enqueued_at} late={120_000} />
            </span>
          )}
        </div>
      </div>
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
