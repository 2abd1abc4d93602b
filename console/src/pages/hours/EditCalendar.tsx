import { UploadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Button, DatePicker, Form, Input, Select, Upload } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { api, done, type Shown } from "../../api";
import { useTold } from "../../parts";
import { Sheet } from "../../parts/Sheet";
import { useAccount } from "../../session";
import { useWords } from "../../words";
import { useSave } from "../settings/data";
import { Standing } from "./Standing";
import { spans, typed } from "./spans";
import { words } from "./words";

export type Calendar = Shown["CalendarReply"];
type Shape = Shown["CalendarShape"];
type Days = NonNullable<Shape["days"]>;

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

interface Wish {
  name: string;
  zone: string;
  week: Record<string, string>;
}

/** A calendar: its week, and the days that are not like their weekday. */
export function EditCalendar({ calendar, onClose }: { calendar: Calendar | null; onClose: () => void }) {
  const t = useWords(words);
  const told = useTold();
  const account = useAccount();
  const [form] = Form.useForm<Wish>();
  const [days, setDays] = useState<Days>(calendar?.calendar.days ?? {});
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const workday = "09:00-18:00";
  const initial: Wish = {
    name: calendar?.name ?? "",
    zone: calendar?.calendar.zone ?? here,
    week: Object.fromEntries(WEEKDAYS.map((day, n) => [day, calendar ? typed(calendar.calendar.week?.[day] ?? []) : n < 5 ? workday : ""])),
  };
  const shape = (wish: Wish): Shape => ({
    zone: wish.zone,
    week: Object.fromEntries(WEEKDAYS.map((day) => [day, spans(wish.week[day] ?? "") ?? []]).filter(([, open]) => (open?.length ?? 0) > 0)) as Shape["week"],
    days,
  });
  const save = useSave(async (at, wish: Wish) => {
    const body = { name: wish.name, calendar: shape(wish), replaces: calendar?.version ?? null };
    if (calendar) await done(api.PUT("/api/v1/accounts/{account_id}/calendars/{id}", { params: { path: { ...at, id: calendar.id } }, body }));
    else await done(api.POST("/api/v1/accounts/{account_id}/calendars", { params: { path: at }, body }));
  }, ["calendars"]);
  const remove = useSave((at, id: string) => done(api.DELETE("/api/v1/accounts/{account_id}/calendars/{id}", { params: { path: { ...at, id } } })), ["calendars"]);
  const read = useSave((at, text: string) => done(api.POST("/api/v1/accounts/{account_id}/calendars/holidays", { params: { path: at }, body: { text, like: "monday" } })));
  const wish = Form.useWatch([], form) as Wish | undefined;
  const isReadable = wish?.zone !== undefined && WEEKDAYS.every((day) => spans(wish.week?.[day] ?? "") !== null);
  const preview = useQuery({
    queryKey: ["calendars", "preview", wish, days],
    enabled: isReadable,
    retry: false,
    queryFn: () => done(api.POST("/api/v1/accounts/{account_id}/calendars/preview", { params: { path: account }, body: { calendar: shape(wish ?? initial) } })),
  });
  const take = (file: File) => {
    const put = (found: Days) => {
      setDays((before) => ({ ...before, ...found }));
      told.good(t.imported(Object.keys(found).length));
    };
    void file.text().then((text) => read.mutate(text, { onSuccess: put }));
    return false;
  };
  const good = (said: string) => () => {
    told.good(said);
    onClose();
  };
  return (
    <Sheet
      wide
      object={calendar ? `calendar:${calendar.id}` : undefined}
      title={calendar ? t.edit(calendar.name) : t.add}
      confirm={calendar ? undefined : t.create}
      isSaving={save.isPending}
      problem={save.error ?? remove.error ?? read.error}
      aside={
        calendar && (
          <Button danger loading={remove.isPending} onClick={() => remove.mutate(calendar.id, { onSuccess: good(t.removed) })}>
            {t.remove}
          </Button>
        )
      }
      onSave={form.submit}
      onClose={onClose}
    >
      <Form<Wish> form={form} layout="vertical" initialValues={initial} onFinish={(done) => save.mutate(done, { onSuccess: good(t.saved) })}>
        <Form.Item name="name" label={t.name} rules={[{ required: true, message: t.needed }]}>
          <Input autoFocus={!calendar} maxLength={64} />
        </Form.Item>
        <Form.Item name="zone" label={t.zone} rules={[{ required: true, message: t.needed }]}>
          <AutoComplete
            showSearch={{ filterOption: (part, option) => (option?.value ?? "").toLowerCase().includes(part.toLowerCase()) }}
            options={Intl.supportedValuesOf("timeZone").map((value) => ({ value }))}
          />
        </Form.Item>
        <h3>{t.week}</h3>
        <p className="soft">{t.weekHelp}</p>
        {WEEKDAYS.map((day) => (
          <Form.Item key={day} name={["week", day]} label={t[day]} rules={[{ validator: (_, text: string) => (spans(text ?? "") ? Promise.resolve() : Promise.reject(new Error(t.unreadable))) }]}>
            <Input className="figures" maxLength={200} />
          </Form.Item>
        ))}
      </Form>
      {preview.data && (
        <p aria-live="polite">
          {t.preview}: <Standing now={preview.data} />
        </p>
      )}
      <h3>{t.days}</h3>
      <p className="soft">{t.importHelp}</p>
      <Upload accept=".csv,.json,.ics,text/*" showUploadList={false} beforeUpload={take}>
        <Button icon={<UploadOutlined />} loading={read.isPending}>
          {t.import}
        </Button>
      </Upload>
      <SpecialDays days={days} onChange={setDays} />
    </Sheet>
  );
}

function SpecialDays({ days, onChange }: { days: Days; onChange: (days: Days) => void }) {
  const t = useWords(words);
  const [form] = Form.useForm<{ date: Dayjs; name: string; kind: string }>();
  const all = Object.entries(days).sort(([a], [b]) => a.localeCompare(b));
  const said = (day: Days[string]) => {
    const like = WEEKDAYS.find((weekday) => weekday === day.like);
    return like ? t.like(t[like]) : day.open?.length ? t.hours(typed(day.open)) : t.off;
  };
  return (
    <>
      {all.length === 0 && <p className="soft">{t.noDays}</p>}
      <ul style={{ listStyle: "none", padding: 0 }}>
        {all.map(([date, day]) => (
          <li key={date} style={{ display: "flex", flexWrap: "wrap", gap: 12, alignItems: "center" }}>
            <span className="figures">{date}</span>
            <span>{day.name}</span>
            <span className="soft">{said(day)}</span>
            <Button
              type="text"
              size="small"
              aria-label={`${t.remove} ${date}`}
              style={{ marginInlineStart: "auto" }}
              onClick={() => onChange(Object.fromEntries(all.filter(([other]) => other !== date)))}
            >
              {t.remove}
            </Button>
          </li>
        ))}
      </ul>
      <Form
        form={form}
        layout="inline"
        initialValues={{ kind: "off" }}
        onFinish={({ date, name, kind }) => {
          onChange({ ...days, [date.format("YYYY-MM-DD")]: kind === "off" ? { name } : { name, like: kind } });
          form.resetFields();
        }}
      >
        <Form.Item name="date" label={t.date} rules={[{ required: true, message: t.needed }]}>
          <DatePicker />
        </Form.Item>
        <Form.Item name="name" label={t.name} rules={[{ required: true, message: t.needed }]}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="kind" label={t.kind}>
          <Select style={{ minWidth: 180 }} options={[{ value: "off", label: t.off }, ...WEEKDAYS.map((value) => ({ value, label: t.like(t[value]) }))]} />
        </Form.Item>
        <Button htmlType="submit">{t.addDay}</Button>
      </Form>
    </>
  );
}
