import { PlusOutlined, UserOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Input, Select, Switch } from "antd";
import { useId, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { api, done } from "../../api";
import { Badge, Moment, Page, useTold } from "../../parts";
import { Listing } from "../../parts/Listing";
import { Tag } from "../../parts/Tag";
import { useAccount, useSession } from "../../session";
import { useWords } from "../../words";
import { useSegments } from "../segments/data";
import { useSave } from "../settings/data";
import { Answer } from "./Answer";
import { CallerRate } from "./CallerRate";
import { Fields } from "./Fields";
import { File } from "./File";
import { useTags, type Contact } from "./data";
import "./contacts.css";
import { settingsWords, words } from "./words";

const PAGE = 50;

export default function Contacts() {
  const { id } = useParams();
  return id ? <File key={id} id={id} /> : <List />;
}

function List() {
  const t = useWords(words);
  const account = useAccount();
  const s = useWords(settingsWords);
  const told = useTold();
  const [sheet, setSheet] = useState<"fields" | "answer" | "rate" | null>(null);
  const go = useNavigate();
  const { may } = useSession();
  const [typed, setTyped] = useState("");
  const [tier, setTier] = useState<string | undefined>();
  const [blocked, setBlocked] = useState(false);
  const blockedId = useId();
  const { data: tags } = useTags();
  const [tag, setTag] = useState<string | undefined>();
  const [query, setQuery] = useSearchParams();
  const segment = query.get("segment") ?? undefined;
  const { data: segments } = useSegments();
  const found = useInfiniteQuery({
    queryKey: ["contacts", "list", typed, tier, tag, segment, blocked],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      done(
        api.POST("/api/v1/accounts/{account_id}/contacts/search", {
          params: { path: account },
          body: { typed: (!segment && typed) || null, tier: tier ?? null, tag: tag ?? null, segment: segment ?? null, blocked, limit: PAGE, before: pageParam },
        }),
      ),
    getNextPageParam: (page) => (page.length === PAGE ? (page.at(-1)?.id ?? null) : null),
  });
  const add = useSave((at, name: string) => done(api.POST("/api/v1/accounts/{account_id}/contacts", { params: { path: at }, body: { name } })), ["contacts"]);
  const all = found.data?.pages.flat() ?? [];
  const isFiltered = typed !== "" || tier !== undefined || tag !== undefined || segment !== undefined || blocked;
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <>
          {may("settings.manage") && (
            <>
              <Button onClick={() => setSheet("fields")}>{s.fields}</Button>
              <Button onClick={() => setSheet("answer")}>{s.answer}</Button>
              <Button onClick={() => setSheet("rate")}>{s.callerRate}</Button>
            </>
          )}
          {may("contacts.edit") && (
            <Button type="primary" icon={<PlusOutlined />} loading={add.isPending} onClick={() => add.mutate("", { onSuccess: (made) => void go(`/contacts/${made.id}`), onError: told.bad })}>
              {t.add}
            </Button>
          )}
        </>
      }
    >
      <div role="search" style={{ display: "flex", flexWrap: "wrap", gap: 12, alignItems: "center" }}>
        <Input.Search allowClear style={{ maxWidth: 360 }} maxLength={128} placeholder={t.search} aria-label={t.search} title={t.searchHelp} disabled={segment !== undefined} onSearch={(wanted) => setTyped(wanted.trim())} />
        <Select
          allowClear
          style={{ width: 160 }}
          aria-label={t.tier}
          placeholder={t.everyTier}
          value={tier}
          onChange={setTier}
          options={(["vip", "preferred", "standard"] as const).map((value) => ({ value, label: t[value] }))}
        />
        {(tags ?? []).length > 0 && (
          <Select
            allowClear
            style={{ width: 160 }}
            aria-label={t.tags}
            placeholder={t.everyTag}
            value={tag}
            onChange={setTag}
            showSearch={{ optionFilterProp: "label" }}
            options={(tags ?? []).map((one) => ({ value: one.id, label: one.name }))}
          />
        )}
        {(segments ?? []).length > 0 && (
          <Select
            allowClear
            style={{ width: 180 }}
            aria-label={t.segment}
            placeholder={t.everySegment}
            value={segment}
            onChange={(id?: string) => setQuery(id ? { segment: id } : {}, { replace: true })}
            showSearch={{ optionFilterProp: "label" }}
            options={(segments ?? []).map((one) => ({ value: one.id, label: one.name }))}
          />
        )}
        <span>
          <Switch id={blockedId} checked={blocked} onChange={setBlocked} /> <label htmlFor={blockedId}>{t.blockedOnly}</label>
        </span>
      </div>
      <Listing<Contact>
        read={found}
        rows={all}
        icon={<UserOutlined />}
        none={isFiltered ? t.notFound : t.none}
        noneHelp={isFiltered ? t.notFoundHelp : t.noneHelp}
        columns={[
          { title: t.name, render: (_, one) => <Link to={`/contacts/${one.id}`}>{one.name ?? t.noName}</Link> },
          {
            title: t.tier,
            render: (_, one) => (
              <>
                {one.tier !== "standard" && <Badge tone="warn">{one.tier === "vip" ? t.vip : t.preferred}</Badge>}
                {one.block && <Badge tone="bad">{one.block.state === "active" ? t.blocked : t.proposed}</Badge>}
              </>
            ),
          },
          { title: t.known, className: "figures", render: (_, one) => one.identities.filter((known) => known.proof).map((known) => known.value).slice(0, 2).join(" · ") },
          { title: t.tags, render: (_, one) => (tags ?? []).filter((mark) => one.tags.includes(mark.id)).map((mark) => <Tag key={mark.id} name={mark.name} colour={mark.colour} />) },
          { title: t.since, render: (_, one) => <Moment at={one.created_at} /> },
        ]}
      />
      {found.hasNextPage && (
        <Button loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t.more}
        </Button>
      )}
      {sheet === "fields" && <Fields onClose={() => setSheet(null)} />}
      {sheet === "answer" && <Answer onClose={() => setSheet(null)} />}
      {sheet === "rate" && <CallerRate onClose={() => setSheet(null)} />}
    </Page>
  );
}
