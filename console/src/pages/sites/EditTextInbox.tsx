import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input, InputNumber, Select, Space, Typography } from "antd";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { SureButton } from "../../parts/SureButton";
import { useAccount, useSession } from "../../session";
import { contrast, inkOn } from "../../theme/ink";
import { useWords } from "../../words";
import { useInboxes, useQueues, useSave } from "../settings/data";
import { Manners, mannersBody, mannersOf, type MannersWish } from "./Manners";
import { Rates, ratesBody, ratesOf, type RatesWish } from "./Rates";
import "./sites.css";
import { words } from "./words";

type TextInbox = Shown["TextInboxReply"];
const ACCOUNT = "/api/v1/accounts/{account_id}";
const COLOUR = "#1f5fbf";
/** WCAG AA. */
const READABLE = 4.5;

interface Wish extends MannersWish, RatesWish {
  name: string;
  queue: string;
  webhook?: string;
  away?: string;
  allowed?: string[];
  title?: string;
  colour?: string;
  greeting?: string;
  language?: "" | "en" | "zh";
  hours?: string;
  track?: string;
  track_days?: number;
  calls?: string;
}

export type Kind = "web_chat" | "api" | "help_desk";

interface Props {
  /** One that is there, or the kind of a new one. */
  inbox: TextInbox | Kind;
  onSecret: (secret: string) => void;
  onClose: () => void;
}

/** An inbox for what is written: on whose pages it stands and how it looks there, or where its program is. */
export function EditTextInbox({ inbox, onSecret, onClose }: Props) {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const { may } = useSession();
  const queues = useQueues();
  const [form] = Form.useForm<Wish>();
  const old = typeof inbox === "string" ? null : inbox;
  const isSite = inbox === "web_chat" || old?.channel === "web_chat";
  const isInternal = inbox === "help_desk" || old?.internal === true;
  const calendars = useQuery({
    queryKey: ["calendars"],
    enabled: isSite && may("queues.read"),
    queryFn: () => done(api.GET(`${ACCOUNT}/calendars`, { params: { path: account } })),
  });
  const lines = useInboxes();
  const numbers = (lines.data ?? []).filter((line) => line.active && line.flow).flatMap((line) => line.numbers.map((number) => ({ value: number, label: `${number} · ${line.name}` })));
  const site = old?.site;
  const initial: Partial<Wish> = {
    ...mannersOf(old),
    ...ratesOf(old),
    name: old?.name,
    queue: old?.queue,
    webhook: old?.webhook ?? undefined,
    away: old?.away ?? undefined,
    allowed: site?.allowed ?? [],
    title: site?.title ?? undefined,
    colour: site?.colour ?? COLOUR,
    greeting: site?.greeting ?? undefined,
    language: (site?.language as Wish["language"]) ?? "",
    hours: site?.hours ?? undefined,
    track: site?.track ?? "asked",
    track_days: site?.track_days ?? 30,
    calls: site?.calls ?? undefined,
  };
  const body = (wish: Wish): Shown["EditTextInbox"] => ({
    // What this form does not show stays as it is.
    ...(old && { no_repeats: old.no_repeats }),
    ...mannersBody(wish, isSite),
    rates: ratesBody(wish, isSite),
    name: wish.name,
    queue: wish.queue,
    away: wish.away || null,
    webhook: wish.webhook || null,
    internal: isInternal,
    site: isSite
      ? {
          allowed: wish.allowed ?? [],
          title: wish.title || null,
          colour: wish.colour || null,
          greeting: wish.greeting || null,
          language: wish.language || null,
          hours: wish.hours || null,
          track: wish.track || null,
          track_days: wish.track_days ?? null,
          calls: wish.calls || null,
        }
      : null,
  });
  const keys = [["inboxes"]] as const;
  const save = useSave(async (path, wish: Wish) => {
    if (old) await done(api.PUT(`${ACCOUNT}/text_inboxes/{id}`, { params: { path: { ...path, id: old.id } }, body: body(wish) }));
    else {
      const made = await done(api.POST(`${ACCOUNT}/text_inboxes`, { params: { path }, body: body(wish) }));
      if (!isSite && made.secret) onSecret(made.secret);
    }
  }, ...keys);
  const renew = useSave((path, id: string) => done(api.POST(`${ACCOUNT}/text_inboxes/{id}/secret`, { params: { path: { ...path, id } } })));
  const disable = useSave((path, id: string) => done(api.DELETE(`${ACCOUNT}/inboxes/{id}`, { params: { path: { ...path, id } } })), ...keys);
  const wish = Form.useWatch([], form) as Wish | undefined;
  const good = (said: string) => () => {
    told.good(said);
    onClose();
  };
  const needed = { required: true, whitespace: true, message: t.required };
  const snippet = old && `<script src="${location.origin}/widget.js" data-inbox="${old.id}" async></script>`;
  return (
    <Sheet
      wide={isSite && old !== null}
      title={old ? t.edit(old.name) : isSite ? t.addSite : isInternal ? t.addInternal : t.addApi}
      object={old ? `inbox:${old.id}` : undefined}
      confirm={old ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? renew.error ?? disable.error}
      aside={
        old && (
          <Space wrap>
            <SureButton title={t.disableTitle} help={t.disableHelp} loading={disable.isPending} onSure={() => disable.mutate(old.id, { onSuccess: good(t.disabled) })}>
              {t.disable}
            </SureButton>
            {!isSite && !isInternal && (
              <Button
                loading={renew.isPending}
                onClick={() =>
                  renew.mutate(old.id, {
                    onSuccess: ({ secret }) => {
                      told.good(t.renewed);
                      onSecret(secret);
                    },
                  })
                }
              >
                {t.renew}
              </Button>
            )}
          </Space>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <div className={isSite && old ? "sites-both" : undefined}>
        <Form<Wish> form={form} layout="vertical" initialValues={initial} onFinish={(wish) => save.mutate(wish, { onSuccess: good(t.saved) })}>
          <Form.Item name="name" label={t.name} extra={t.nameHelp} rules={[needed]}>
            <Input autoFocus={!old} maxLength={64} />
          </Form.Item>
          {isInternal && <p className="soft">{t.internalHelp}</p>}
          <Form.Item name="queue" label={t.queue} extra={t.queueHelp} rules={[needed]}>
            <Select options={(queues.data ?? []).map((queue) => ({ value: queue.id, label: queue.name }))} />
          </Form.Item>
          {isSite ? (
            <>
              <Form.Item name="allowed" label={t.allowed} extra={t.allowedHelp} rules={[{ required: true, message: t.required }]}>
                <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[" ", ","]} placeholder="https://shop.example" />
              </Form.Item>
              <Form.Item name="title" label={t.heading} extra={t.headingHelp}>
                <Input maxLength={60} />
              </Form.Item>
              <Form.Item name="colour" label={t.colour} extra={<Readable colour={wish?.colour ?? initial.colour ?? COLOUR} />}>
                <Input type="color" className="sites-colour" />
              </Form.Item>
              <Form.Item name="greeting" label={t.greeting} extra={t.greetingHelp}>
                <Input.TextArea maxLength={1000} autoSize={{ minRows: 2, maxRows: 5 }} />
              </Form.Item>
              <Form.Item name="language" label={t.language}>
                <Select
                  options={[
                    { value: "", label: t.languageOwn },
                    { value: "en", label: "English" },
                    { value: "zh", label: "中文" },
                  ]}
                />
              </Form.Item>
              <Form.Item name="hours" label={t.hours} extra={t.hoursHelp}>
                <Select allowClear placeholder={t.always} options={(calendars.data ?? []).map((one) => ({ value: one.id, label: one.name }))} />
              </Form.Item>
              <Form.Item name="track" label={t.track} extra={t.trackHelp}>
                <Select
                  options={[
                    { value: "asked", label: t.trackAsked },
                    { value: "not_needed", label: t.trackAlways },
                    { value: "never", label: t.trackNever },
                  ]}
                />
              </Form.Item>
              {wish?.track !== "never" && (
                <Form.Item name="track_days" label={t.trackDays}>
                  <InputNumber min={1} max={365} precision={0} />
                </Form.Item>
              )}
              <Form.Item name="calls" label={t.calls} extra={t.callsHelp}>
                <Select allowClear placeholder={t.noCalls} options={numbers} />
              </Form.Item>
            </>
          ) : isInternal ? null : (
            <Form.Item name="webhook" label={t.webhook} extra={t.webhookHelp}>
              <Input maxLength={2000} inputMode="url" />
            </Form.Item>
          )}
          <Form.Item name="away" label={t.away}>
            <Input.TextArea maxLength={1000} autoSize={{ minRows: 1, maxRows: 5 }} />
          </Form.Item>
          <Rates isSite={isSite} />
          <Manners isSite={isSite} isInternal={isInternal} asks={(wish?.asks ?? initial.asks) === true} />
        </Form>
        {isSite && old && snippet && (
          <div>
            <h3>{t.snippet}</h3>
            <p className="soft">{t.snippetHelp}</p>
            <Typography.Paragraph copyable={{ text: snippet }} code className="sites-snippet">
              {snippet}
            </Typography.Paragraph>
            <h3>{t.preview}</h3>
            <Preview inbox={old} wish={wish} />
          </div>
        )}
      </div>
    </Sheet>
  );
}

/** How well a colour can be read (WCAG 1.4.3): its letters are black or white, whichever is read better; on a white page it may be weak. */
function Readable({ colour }: { colour: string }) {
  const t = useWords(words);
  const onWhite = contrast("#ffffff", colour);
  return (
    <>
      {t.letters(contrast(inkOn(colour), colour).toFixed(1))}
      {onWhite < READABLE && <Alert type="warning" showIcon title={t.weakColour(onWhite.toFixed(1))} />}
    </>
  );
}

/** The chat itself, as the form has it; nothing is sent from here. A changed address alone would not load it anew: its key does. */
function Preview({ inbox, wish }: { inbox: TextInbox; wish: Wish | undefined }) {
  const t = useWords(words);
  const { title, colour, greeting, language } = wish ?? {};
  const look = new URLSearchParams({ preview: "1", title: title || inbox.name, colour: colour ?? COLOUR, greeting: greeting ?? "", language: language ?? "" }).toString();
  return <iframe key={look} className="sites-preview" title={t.preview} src={`/widget/${inbox.id}#${look}`} />;
}
