import { QuestionCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { Badge, Card, Empty, Moment, Page, Trouble, Waiting } from "../../parts";
import { useWords } from "../../words";
import { useHelpDesk, withDesk, type Chosen, type Desk, type Talk } from "./data";
import { Dialogue } from "./Dialogue";
import { words } from "./words";
import "./help-desk.css";

/** What one asks the help desks of the house, and what they answer. */
export default function HelpDesk() {
  const t = useWords(words);
  const read = useHelpDesk(true);
  const [chosen, setChosen] = useState<Chosen>(null);
  return (
    <Page title={t.title} about={t.about}>
      {read.isPending ? (
        <Waiting />
      ) : read.isError ? (
        <Trouble problem={read.error} again={() => void read.refetch()} />
      ) : read.data.desks.length === 0 && read.data.talks.length === 0 ? (
        <Empty icon={<QuestionCircleOutlined />} title={t.none}>
          {t.noneHelp}
        </Empty>
      ) : (
        <Desks {...read.data} chosen={chosen} choose={setChosen} />
      )}
    </Page>
  );
}

interface Props {
  desks: readonly Desk[];
  talks: readonly Talk[];
  chosen: Chosen;
  choose: (chosen: Chosen) => void;
}

function Desks({ desks, talks, chosen, choose }: Props) {
  const t = useWords(words);
  const talk = chosen && "talk" in chosen ? (talks.find((one) => one.id === chosen.talk) ?? null) : null;
  const desk = desks.find((one) => one.id === (chosen && "desk" in chosen ? chosen.desk : talk?.inbox)) ?? null;
  const begin = (id: string) => {
    const before = withDesk(talks, id);
    choose(before ? { talk: before.id } : { desk: id });
  };
  return (
    <div className="help-desk">
      <div>
        <Card title={t.write}>
          <ul className="help-desks" aria-label={t.write}>
            {desks.map((one) => (
              <li key={one.id}>
                <Button onClick={() => begin(one.id)}>{one.name}</Button> <span className="soft">{one.attended ? t.attended : t.unattended}</span>
              </li>
            ))}
          </ul>
          {desks.length === 0 && <p className="soft">{t.noDesk}</p>}
        </Card>
        <Card flush title={t.mine}>
          <ul className="help-talks" aria-label={t.mine}>
            {talks.length === 0 && <li className="soft help-none">{t.nothing}</li>}
            {talks.map((one) => (
              <li key={one.id}>
                <button type="button" className="help-talk" aria-pressed={one.id === talk?.id} onClick={() => choose({ talk: one.id })}>
                  <span>
                    {one.inbox_name} {one.closed_at ? <Badge tone="quiet">{t.over}</Badge> : null}
                  </span>
                  <span>
                    {one.unread > 0 && <Badge tone="busy">{t.unread(one.unread)}</Badge>} <Moment at={one.last_at} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </Card>
      </div>
      <div>
        {talk || desk ? (
          <Dialogue key={talk?.inbox ?? desk?.id} talk={talk} desk={desk} begun={(id) => choose({ talk: id })} />
        ) : (
          <p className="soft" role="status">
            {t.choose}
          </p>
        )}
      </div>
    </div>
  );
}
