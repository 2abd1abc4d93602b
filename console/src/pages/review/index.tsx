import { AudioOutlined } from "@ant-design/icons";
import { useSearchParams } from "react-router";
import { Empty } from "../../parts";
import { useWords } from "../../words";
import { Find } from "./Find";
import { Latest } from "./Latest";
import { Player } from "./player/Player";
import { Results } from "./Results";
import { opened, opening, wanted, written, type Open, type Wanted } from "./wanted";
import { words } from "./words";
import css from "./review.module.css";

/** From a phrase to its second: what was said on the left, its sound on the right; both stand in the address. */
export default function Review() {
  const t = useWords(words);
  const [search, setSearch] = useSearchParams();
  const [wish, open] = [wanted(search), opened(search)];
  const look = (next: Wanted) => setSearch(opening(written(next), open));
  const play = (next: Open | null) => setSearch(opening(search, next));
  return (
    <div className={css.review} data-open={open ? "" : undefined}>
      <h1 className="unseen">{t.title}</h1>
      <section className={css.found} aria-label={t.find}>
        <Find wish={wish} onWish={look} />
        <div className={css.scroll}>
          {wish.q ? <Results wish={wish} open={open} onOpen={play} /> : <Latest wish={wish} open={open} onOpen={play} />}
        </div>
      </section>
      <section className={css.heard} aria-label={t.position}>
        {open ? (
          <Player key={open.conversation} open={open} onBack={() => play(null)} />
        ) : (
          <div className={css.nothing}>
            <Empty icon={<AudioOutlined />} title={t.pick}>
              <p>{t.pickHelp}</p>
              <p>{t.keys}</p>
            </Empty>
          </div>
        )}
      </section>
    </div>
  );
}
