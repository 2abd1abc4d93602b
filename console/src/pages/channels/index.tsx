import { ApiOutlined } from "@ant-design/icons";
import { Link } from "react-router";
import { PAGES } from "../../app/pages";
import { Badge, Card, Moment, Page } from "../../parts";
import { channelNames } from "../../parts/channelNames";
import { Listing } from "../../parts/Listing";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useInboxes, useTrunks } from "../settings/data";
import "./channels.css";
import { useInboxStates, useTextInboxes } from "./data";
import { Switches } from "./Switches";
import { inOrder, ofInbox, ofTrunk, TONES, type Way } from "./ways";
import { words } from "./words";

/** Every way in on one page: what is on, how it fares, and what went wrong last. */
export default function Channels() {
  const t = useWords(words);
  const names = useWords(channelNames);
  const { may } = useSession();
  const inboxes = useInboxes();
  const texts = useTextInboxes();
  const states = useInboxStates();
  const trunks = useTrunks(may("trunks.manage"));
  const of = (inbox: NonNullable<typeof inboxes.data>[number]) =>
    ofInbox(
      inbox,
      texts.data?.find((one) => one.id === inbox.id),
      states.data?.find((one) => one.inbox === inbox.id),
    );
  const ways = inboxes.data && inOrder([...inboxes.data.map(of), ...(trunks.data ?? []).map(ofTrunk)]);
  const used = new Set(["phone", ...(inboxes.data ?? []).filter((inbox) => inbox.active).map((inbox) => inbox.channel)]);
  const isOpen = (place: string) => PAGES.some((page) => `/${page.path}` === place && page.needs.some(may));
  return (
    <Page title={t.title} about={t.about}>
      <Switches used={used} />
      <Card flush title={t.ways}>
        <Listing<Way>
          read={inboxes}
          rows={ways}
          icon={<ApiOutlined />}
          none={t.none}
          noneHelp={t.noneHelp}
          columns={[
            { title: t.kind, dataIndex: "kind", render: (kind: string) => (kind === "trunk" ? t.trunk : (names[kind] ?? kind)) },
            { title: t.name, dataIndex: "name", render: (name: string, way) => (isOpen(way.place) ? <Link to={way.place}>{name}</Link> : name) },
            { title: t.address, dataIndex: "address", className: "figures channels-address" },
            { title: t.state, dataIndex: "faring", render: (_, way) => <Badge tone={TONES[way.faring]}>{t[way.faring]}</Badge> },
            { title: t.heard, dataIndex: "heardAt", render: (at: number | null) => (at === null ? "–" : <Moment at={at} />) },
            { title: t.pending, dataIndex: "pending", align: "right", render: (count: number, way) => (way.kind === "trunk" ? "" : count) },
            { title: t.failed, dataIndex: "failed", align: "right", render: (count: number, way) => (way.kind === "trunk" ? "" : count) },
            {
              title: t.fault,
              dataIndex: "fault",
              className: "channels-fault",
              render: (fault: Way["fault"]) =>
                fault && (
                  <span>
                    {fault.words || t.noWords}{" "}
                    <span className="soft">
                      <Moment at={fault.at} />
                    </span>
                  </span>
                ),
            },
          ]}
        />
      </Card>
    </Page>
  );
}
