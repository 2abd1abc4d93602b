import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { api, done } from "../api";
import { Drawer } from "../parts/Drawer";
import { Badge, Empty, Moment, Trouble, Waiting } from "../parts";
import { useAccount } from "../session";
import { useLanguage, useWords } from "../words";
import { inWords, leadsTo, useNotices, type Notice } from "./data";
import { kindNames, words } from "./words";

/** What I was told, newest first. Shown is read. */
export default function List({ close }: { close: () => void }) {
  const t = useWords(words);
  const kinds = useWords(kindNames);
  const { language } = useLanguage();
  const account = useAccount();
  const client = useQueryClient();
  const found = useNotices();
  const notices = found.data?.pages.flatMap((page) => page.notices) ?? [];
  const { mutate: read } = useMutation({
    mutationFn: (to: string) => done(api.PUT("/api/v1/accounts/{account_id}/notices/read", { params: { path: account }, body: { to } })),
  });
  const newest = notices[0];
  const fresh = newest && !newest.read ? newest.id : null;
  // Which were new stays to be seen until it is closed.
  const [wereNew] = useState(() => new Set(notices.filter((one) => !one.read).map((one) => one.id)));
  useEffect(() => {
    if (fresh) read(fresh);
  }, [fresh, read]);
  const shut = () => {
    close();
    void client.invalidateQueries({ queryKey: ["notices"] });
  };
  const said = (notice: Notice) => {
    const to = leadsTo(notice.place);
    const text = inWords(notice.texts, language);
    return to ? (
      <Link to={to} onClick={shut}>
        {text}
      </Link>
    ) : (
      <span>{text}</span>
    );
  };
  return (
    <Drawer title={t.title} onClose={shut} size={380} extra={<Link to="/my-notices" onClick={shut}>{t.settings}</Link>}>
      {found.isPending && <Waiting />}
      {found.isError && <Trouble problem={found.error} again={() => void found.refetch()} />}
      {found.data && notices.length === 0 && <Empty title={t.title}>{t.empty}</Empty>}
      <ul className="notices-list">
        {notices.map((notice) => (
          <li key={notice.id}>
            <span className="notices-kind soft">
              {kinds[notice.kind] ?? notice.kind} · <Moment at={notice.at} />
              {(!notice.read || wereNew.has(notice.id)) && <Badge tone="busy">{t.fresh}</Badge>}
            </span>
            {said(notice)}
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <Button block loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t.more}
        </Button>
      )}
    </Drawer>
  );
}
