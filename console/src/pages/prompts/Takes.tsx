import { Button } from "antd";
import { api, done } from "../../api";
import { Badge, clock, Moment, Trouble, useTold, Waiting } from "../../parts";
import { SureButton } from "../../parts/SureButton";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { useSound, useTakes, type Spoken, type Take } from "./data";
import { Play } from "./Play";
import { words } from "./words";
import css from "./prompts.module.css";

interface Props {
  language: Spoken;
  id: string;
  isThere: boolean;
  mayEdit: boolean;
}

/** Every recording of a prompt that was kept, and which of them callers hear. */
export function Takes({ language: name, id, isThere, mayEdit }: Props) {
  const t = useWords(words);
  const told = useTold();
  const sound = useSound(name, id);
  const takes = useTakes(name, id, isThere);
  const old = [["prompts"], ["prompt", name, id]];
  const of = (account: { account_id: string }, take: number) => ({ params: { path: { ...account, name, id }, query: { take } } });
  const choose = useSave((account, take: number) => done(api.POST("/api/v1/accounts/{account_id}/prompts/{name}/{id}/use", of(account, take))), ...old);
  const remove = useSave((account, take: number) => done(api.DELETE("/api/v1/accounts/{account_id}/prompts/{name}/{id}/takes", of(account, take))), ...old);
  const act = (how: Pick<typeof choose | typeof remove, "mutate">, take: number, good: string) => how.mutate(take, { onSuccess: () => told.good(good), onError: told.bad });
  if (!isThere) return null;
  if (takes.isPending) return <Waiting />;
  if (takes.isError) return <Trouble problem={takes.error} again={() => void takes.refetch()} />;
  if (takes.data.takes.length === 0) return null;
  const ways: Record<string, string> = { upload: t.byUpload, telephone: t.byTelephone };
  const line = (take: Take) => [ways[take.way] ?? take.way, take.kind.replace("_", " "), clock(take.duration_ms), t.gain(take.gain)].join(" · ");
  return (
    <section className={css.stack} aria-label={t.takes}>
      <h3>{t.takes}</h3>
      <ul className={css.takes}>
        {takes.data.takes.toReversed().map((take) => {
          const isHeard = take.number === takes.data.current;
          return (
            <li key={take.number}>
              <Play src={sound(take.number)} what={t.take(take.number)} />
              <div className={css.about}>
                <div>
                  <strong>{t.take(take.number)}</strong> {isHeard && <Badge tone="good">{t.isHeard}</Badge>}
                </div>
                <div className="soft">
                  <Moment at={take.made_at} /> · {line(take)}
                </div>
              </div>
              {mayEdit && !isHeard && (
                <span className={css.acts}>
                  <Button
                    size="small"
                    aria-label={`${t.use}: ${t.take(take.number)}`}
                    loading={choose.isPending && choose.variables === take.number}
                    onClick={() => act(choose, take.number, t.chosen)}
                  >
                    {t.use}
                  </Button>
                  <SureButton title={t.removeTitle(take.number)} size="small" aria-label={`${t.remove}: ${t.take(take.number)}`} loading={remove.isPending && remove.variables === take.number} onSure={() => act(remove, take.number, t.removed)}>
                    {t.remove}
                  </SureButton>
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
