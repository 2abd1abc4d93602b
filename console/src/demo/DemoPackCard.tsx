import { ExperimentOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Popconfirm } from "antd";
import { api, done, type Shown } from "../api";
import { Card, Trouble, Waiting } from "../parts";
import { useWords } from "../words";
import { useBusyHour, type Account } from "./data";
import { words } from "./packWords";
import css from "./busy.module.css";

type Pack = Shown["DemoPackReply"];

const PATH = "/api/v1/accounts/{account_id}/demo_pack";
/** While it is made. */
const SOON_MS = 1_000;

/** What the demo holds; taking it away, and having it made again. Where there is neither demo nor data, it is not there. */
export function DemoPackCard({ account }: { account: Account }) {
  const t = useWords(words);
  const queries = useQueryClient();
  const params = { path: account };
  const pack = useQuery({
    queryKey: ["demo", "pack"],
    refetchInterval: ({ state }) => (state.data?.loading ? SOON_MS : false),
    queryFn: () => done(api.GET(PATH, { params })),
  });
  const isDemo = useBusyHour(account).data?.available === true;
  const look = () => {
    for (const queryKey of [["demo"], ["conversations"], ["queues"], ["agents"]]) void queries.invalidateQueries({ queryKey });
  };
  const remove = useMutation({ mutationFn: () => done(api.DELETE(PATH, { params })), onSuccess: look });
  const load = useMutation({ mutationFn: () => done(api.POST(PATH, { params })), onSuccess: (now) => queries.setQueryData(["demo", "pack"], now) });
  const held = pack.data;
  if (pack.isPending) return <Waiting />;
  if (!held || (!isDemo && held.conversations === 0)) return null;
  const isEmpty = held.conversations === 0 && held.helpers === 0;
  return (
    <Card
      title={
        <span className={css.title}>
          <ExperimentOutlined aria-hidden /> {t.title}
        </span>
      }
    >
      <p className="soft">{held.loading ? t.loading : isEmpty ? t.none : t.about}</p>
      {!isEmpty && <Held held={held} />}
      <div className={css.choices}>
        {!isEmpty && (
          <Popconfirm
            title={t.sure}
            description={<div style={{ maxWidth: 300 }}>{t.sureHelp}</div>}
            okText={t.remove}
            cancelText={t.keep}
            okButtonProps={{ danger: true }}
            onConfirm={() => remove.mutateAsync()}
          >
            <Button danger disabled={held.loading} loading={remove.isPending}>
              {t.remove}
            </Button>
          </Popconfirm>
        )}
        {isEmpty && isDemo && (
          <Button loading={load.isPending || held.loading} onClick={() => load.mutate()}>
            {t.load}
          </Button>
        )}
      </div>
      {remove.isError && <Trouble problem={remove.error} />}
      {load.isError && <Trouble problem={load.error} />}
    </Card>
  );
}

function Held({ held }: { held: Pack }) {
  const t = useWords(words);
  const all: [string, number][] = [
    [t.conversations, held.conversations],
    [t.recordings, held.recordings],
    [t.messages, held.left_messages],
    [t.callbacks, held.callbacks],
    ...(held.helpers > 0 ? ([[t.helpers, held.helpers]] as [string, number][]) : []),
  ];
  return (
    <dl className={`${css.figures} ${css.held}`}>
      {all.map(([name, value]) => (
        <div key={name} className={css.figure}>
          <dt>{name}</dt>
          <dd className="figures">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
