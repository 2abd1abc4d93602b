import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { api, done } from "../../api";
import { Badge, Card, Moment, Trouble, useTold, Waiting } from "../../parts";
import { useWords } from "../../words";
import { words } from "./words";
import css from "./security.module.css";

/** Where one is signed in; whatever is not known there is ended. */
export function Sessions() {
  const t = useWords(words);
  const told = useTold();
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["sessions"], queryFn: () => done(api.GET("/api/v1/auth/sessions")) });
  const end = useMutation({
    mutationFn: (id: string) => done(api.DELETE("/api/v1/auth/sessions/{id}", { params: { path: { id } } })),
    onSuccess: () => told.good(t.ended),
    onError: told.bad,
    onSettled: () => client.invalidateQueries({ queryKey: ["sessions"] }),
  });
  const everywhere = useMutation({
    mutationFn: () => done(api.DELETE("/api/v1/auth/sessions")),
    onSuccess: () => client.invalidateQueries({ queryKey: ["me"] }),
    onError: told.bad,
  });
  return (
    <Card
      flush
      title={t.sessions}
      actions={
        <Popconfirm title={t.everywhere} description={t.everywhereHelp} okText={t.everywhere} onConfirm={() => everywhere.mutate()}>
          <Button size="small" loading={everywhere.isPending}>
            {t.everywhere}
          </Button>
        </Popconfirm>
      }
    >
      {found.isPending && <Waiting />}
      {found.isError && <Trouble problem={found.error} again={() => void found.refetch()} />}
      <ul className={css.rows}>
        {(found.data ?? []).map((session) => (
          <li key={session.id}>
            <div>
              <div>
                <span className="figures">{session.address ?? t.nowhere}</span> {session.current && <Badge tone="good">{t.here}</Badge>}
              </div>
              <div className="soft">
                {t.signedIn} <Moment at={session.created_at} /> · {t.seen} <Moment at={session.seen_at} />
              </div>
            </div>
            {!session.current && (
              <Button size="small" loading={end.isPending && end.variables === session.id} onClick={() => end.mutate(session.id)}>
                {t.end}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
