import { Button, Popconfirm } from "antd";
import { api, done } from "../../api";
import { Badge, clock, Moment, Trouble, useTold, Waiting } from "../../parts";
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
  const choose = useSave(
    (account, take: number) => done(api.POST("/api/v1/accounts/{account_id}/prompts/{name}/{id}/use", { params: { path: { ...account, name, id }, query: { take } } })),
    ...old,
  );
  const remove = useSave(
    (account, take: number) => done(api.DELETE("/api/v1/accounts/{account_id}/prompts/{name}/{id}/takes", { params: { path: { ...account, name, id }, query: { take } } })),
    ...old,
  );
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
                    onClick={() => choose.mutate(take.number, { onSuccess: () => told.good(t.chosen), onError: told.bad })}
                  >
                    {t.use}
                  </Button>
                  <Popconfirm
                    title={t.removeTitle(take.number)}
                    okText={t.remove}
                    okButtonProps={{ danger: true }}
                    onConfirm={() => remove.mutate(take.number, { onSuccess: () => told.good(t.removed), onError: told.bad })}
                  >
                    <Button size="small" danger aria-label={`${t.remove}: ${t.take(take.number)}`}>
                      {t.remove}
                    </Button>
                  </Popconfirm>
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
