import { InputNumber, Select, Table } from "antd";
import { api, done, type Shown } from "../../api";
import { Card, Trouble, useTold } from "../../parts";
import { channelNames } from "../../parts/channelNames";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { useChannels } from "./data";
import { words } from "./words";

type Channel = Shown["ChannelReply"];

/** Each channel with its switch, and with the advantage that its work has over others'. `used`: those there are inboxes of. */
export function Switches({ used }: { used: ReadonlySet<string> }) {
  const t = useWords(words);
  const told = useTold();
  const names = useWords(channelNames);
  const { may } = useSession();
  const channels = useChannels();
  const save = useSave(
    (path, { name, ...body }: Channel) => done(api.PUT("/api/v1/accounts/{account_id}/channels/{name}", { params: { path: { ...path, name } }, body })),
    ["channels"],
  );
  const mayEdit = may("queues.edit");
  const put = (channel: Channel) => save.mutate(channel, { onSuccess: () => told.good(t.saved), onError: told.bad });
  if (channels.isError) return <Trouble problem={channels.error} again={() => void channels.refetch()} />;
  const name = (channel: Channel) => names[channel.name] ?? channel.name;
  return (
    <Card flush title={t.switches}>
      <p className="soft channels-help">{t.switchesHelp}</p>
      <Table<Channel>
        rowKey="name"
        size="middle"
        pagination={false}
        loading={channels.isPending}
        dataSource={(channels.data ?? []).filter((one) => used.has(one.name) || one.switch !== "on" || one.priority !== 0)}
        columns={[
          { title: t.channel, key: "name", className: "channels-name", render: (_, channel) => name(channel) },
          {
            title: t.switch,
            dataIndex: "switch",
            render: (value: string, channel) => (
              <Select
                className="channels-switch"
                popupMatchSelectWidth={false}
                disabled={!mayEdit || save.isPending}
                aria-label={t.switchOf(name(channel))}
                value={value}
                onChange={(next) => put({ ...channel, switch: next })}
                options={[
                  { value: "on", label: t.on },
                  { value: "hold", label: t.hold },
                  { value: "refuse", label: t.refuse },
                ]}
              />
            ),
          },
          {
            title: t.priority,
            dataIndex: "priority",
            render: (value: number, channel) => (
              <InputNumber
                key={value}
                min={-240}
                max={240}
                precision={0}
                disabled={!mayEdit || save.isPending}
                aria-label={t.priorityOf(name(channel))}
                defaultValue={value}
                onPressEnter={(event) => (event.target as HTMLElement).blur()}
                onBlur={(event) => {
                  const priority = Number(event.target.value);
                  if (event.target.value !== "" && Number.isInteger(priority) && priority !== value) put({ ...channel, priority });
                }}
              />
            ),
          },
        ]}
      />
    </Card>
  );
}
