import { Button, Input } from "antd";
import { useState } from "react";
import licences from "virtual:licences";
import { Card, Empty, Page } from "../../parts";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { words } from "./words";
import css from "./about.module.css";

/** So many at first: hardly anybody reads on, and who looks for one types its name. */
const FIRST = 50;

/** What this is, and on whose work it stands. */
export default function About() {
  const t = useWords(words);
  const { version } = useSession();
  const [text, setText] = useState("");
  const [isAll, setAll] = useState(false);
  const wanted = text.trim().toLowerCase();
  const shown = licences.filter((one) => `${one.name} ${one.licence}`.toLowerCase().includes(wanted));
  return (
    <Page title={t.title} about={t.about}>
      <Card>
        <p>
          <strong>
            {t.version} {version}
          </strong>
        </p>
        <p>
          <a href="/api/docs">{t.api}</a>
        </p>
        <p className="soft">{t.own}</p>
      </Card>
      <Card flush title={t.parts} actions={<span className="soft">{t.partsHelp(licences.length)}</span>}>
        <div className={css.find}>
          <Input.Search allowClear aria-label={t.find} placeholder={t.find} value={text} onChange={(event) => setText(event.target.value)} />
        </div>
        {shown.length === 0 && <Empty title={t.none} />}
        <ul className={css.list}>
          {shown.slice(0, isAll ? undefined : FIRST).map((one) => (
            <li key={`${one.of}${one.name}${one.version}`} className={css.one}>
              <span>
                {one.name} <span className="soft figures">{one.version}</span>
              </span>
              <span className="soft">{one.of === "server" ? t.server : t.console}</span>
              <span>{one.licence}</span>
            </li>
          ))}
        </ul>
        {!isAll && shown.length > FIRST && (
          <div className={css.more}>
            <Button onClick={() => setAll(true)}>{t.all}</Button>
          </div>
        )}
      </Card>
    </Page>
  );
}
