import { ThunderboltOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useState } from "react";
import { Badge, Card, Trouble } from "../parts";
import { useWords } from "../words";
import { BusyFigures } from "./BusyFigures";
import { HELPERS, INTENSITIES, useBegin, useBusyHour, useEnd, type Account, type Intensity } from "./data";
import { words } from "./words";
import css from "./busy.module.css";

const COUNTS = [0, 1, 2, 3, 4, 5, 6];

/** Starts one, shows it, stops it. Where there is no demo, it is not there. */
export function BusyHourCard({ account }: { account: Account }) {
  const t = useWords(words);
  const hour = useBusyHour(account);
  const begin = useBegin();
  const end = useEnd();
  const [intensity, setIntensity] = useState<Intensity>("busy");
  const [helpers, setHelpers] = useState(HELPERS);
  const now = hour.data;
  if (!now?.available) return null;
  const isLive = now.running;
  return (
    <Card
      title={
        <span className={css.title}>
          <ThunderboltOutlined aria-hidden /> {t.title} {isLive && <Badge tone="busy">{t.runs}</Badge>}
        </span>
      }
      actions={
        isLive && (
          <Button danger size="small" loading={end.isPending} onClick={() => end.mutate(account)}>
            {end.isPending ? t.stopping : t.stop}
          </Button>
        )
      }
    >
      {isLive ? (
        <BusyFigures now={now} />
      ) : (
        <>
          <p className="soft">{t.about}</p>
          <div className={css.choices}>
            <Select<Intensity>
              aria-label={t.intensity}
              value={intensity}
              onChange={setIntensity}
              options={(Object.keys(INTENSITIES) as Intensity[]).map((one) => ({ value: one, label: t[one] }))}
            />
            <Select<number>
              aria-label={t.helpers}
              value={helpers}
              onChange={setHelpers}
              options={COUNTS.map((n) => ({ value: n, label: n === 0 ? t.helpersNone : t.helpersSome(n) }))}
            />
            <Button type="primary" loading={begin.isPending} onClick={() => begin.mutate({ account, wish: { intensity, helpers } })} data-tour="busy">
              {t.start}
            </Button>
          </div>
          {helpers === 0 && <p className="soft">{t.nobody}</p>}
          {now.made > 0 && (
            <div className={css.last}>
              <h3>{t.last}</h3>
              <BusyFigures now={now} />
            </div>
          )}
        </>
      )}
      {begin.isError && <Trouble problem={begin.error} />}
      {end.isError && <Trouble problem={end.error} />}
    </Card>
  );
}
