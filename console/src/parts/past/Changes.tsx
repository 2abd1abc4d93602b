import { UndoOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button, Popconfirm } from "antd";
import { api, done, type Shown } from "../../api";
import { useAccount } from "../../session";
import { useLanguage, useWords } from "../../words";
import { Badge } from "../Badge";
import { Empty } from "../Empty";
import { Moment } from "../Moment";
import { moment } from "../moment";
import { Trouble } from "../Trouble";
import { useTold } from "../told";
import { Waiting } from "../Waiting";
import { choices } from "./choices";
import { useNames } from "./names";
import { place, said, withSpans } from "./values";
import { facets, fields, words } from "./words";
import css from "./past.module.css";

type Change = Shown["PastReply"];
const PAGE = 50;

/** Changes of one setting, or of all, newest first, each with its way back. */
export function Changes({ object }: { object?: string }) {
  const t = useWords(words);
  const account = useAccount();
  const client = useQueryClient();
  const told = useTold();
  const { modal } = App.useApp();
  const changes = useInfiniteQuery({
    queryKey: ["setting_history", object ?? ""],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam: before }) =>
      done(api.GET("/api/v1/accounts/{account_id}/setting_history", { params: { path: account, query: { ...(object && { object }), before, limit: PAGE } } })),
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.seq),
  });
  const all = changes.data?.pages.flat() ?? [];
  const undo = useMutation({
    mutationFn: (change: Change) => {
      // The newest of this part that stands in the list: one that is newer still, the server refuses.
      const newest = all.find((other) => other.object === change.object && other.facet === change.facet)?.seq ?? change.seq;
      return done(api.POST("/api/v1/accounts/{account_id}/setting_history/{id}/undo", { params: { path: { ...account, id: change.id } }, body: { newest } }));
    },
    onSuccess: ({ phone }) => {
      told.good(t.undone);
      if (phone) modal.info({ title: t.undone, content: t.phone(phone.extension, phone.password) });
    },
    onError: told.bad,
    // What was put back may be shown anywhere.
    onSettled: () => client.invalidateQueries(),
  });
  if (changes.isPending) return <Waiting />;
  if (changes.isError) return <Trouble problem={changes.error} again={() => void changes.refetch()} />;
  if (all.length === 0) return <Empty title={t.none}>{t.noneHelp}</Empty>;
  return (
    <>
      <ol className={css.changes}>
        {all.map((change) => (
          <li key={change.id}>
            <Line change={change} withName={!object} isUndoing={undo.isPending} onUndo={() => undo.mutate(change)} />
          </li>
        ))}
      </ol>
      {changes.hasNextPage && (
        <div className={css.more}>
          <Button loading={changes.isFetchingNextPage} onClick={() => void changes.fetchNextPage()}>
            {t.more}
          </Button>
        </div>
      )}
    </>
  );
}

interface LineProps {
  change: Change;
  withName: boolean;
  isUndoing: boolean;
  onUndo: () => void;
}

function Line({ change, withName, isUndoing, onUndo }: LineProps) {
  const t = useWords(words);
  const parts = useWords(facets);
  const places = useWords(fields);
  const called = useWords(choices);
  const { language } = useLanguage();
  const names = useNames();
  const id = change.object.slice(change.object.indexOf(":") + 1);
  const says = { yes: t.yes, no: t.no, nothing: t.nothing, names, choices: called, moment: (at: number) => moment(at, language) };
  const who = change.actor === "system" ? t.system : (names.get(change.actor.replace("user:", "")) ?? change.actor);
  return (
    <article>
      <header className={css.head}>
        <strong>{parts[change.facet] ?? change.facet}</strong>
        {withName && <span>{names.get(id) ?? (change.facet === "number" || change.facet === "prompt" ? id : "")}</span>}
        {change.removed && <Badge tone="bad">{t.removed}</Badge>}
        {!change.removed && change.before === "nothing" && <Badge tone="good">{t.made}</Badge>}
        <span className={css.when}>
          <span>{who}</span>
          <Moment at={change.at} />
        </span>
        {change.undo && (
          <Popconfirm
            title={t.undoTitle}
            description={<div style={{ maxWidth: 300 }}>{change.newest ? t.undoHelp : t.undoLater}</div>}
            okText={t.undo}
            onConfirm={onUndo}
          >
            <Button size="small" icon={<UndoOutlined />} disabled={isUndoing}>
              {t.undo}
            </Button>
          </Popconfirm>
        )}
      </header>
      {change.before === "unknown" ? (
        <p className="soft">{t.unknown}</p>
      ) : (
        <dl className={css.differences}>
          {withSpans(change.changes).map(({ path, before, after }) => (
            <div key={path}>
              <dt>{place(path, places, names)}</dt>
              <dd>
                {change.before === "state" && (
                  <>
                    <del>{said(path, before, says)}</del> <span aria-hidden="true">→</span>{" "}
                  </>
                )}
                <ins>{said(path, after, says)}</ins>
              </dd>
            </div>
          ))}
          {change.more && <p className="soft">{t.andMore}</p>}
        </dl>
      )}
    </article>
  );
}
