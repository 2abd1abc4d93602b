import { Form, Input, InputNumber } from "antd";
import type { Shown } from "../../api";
import { useWords } from "../../words";
import { rateWords } from "./rateWords";

/** How much contacts may write by an inbox. What is left empty is as the house has it. */
export interface RatesWish {
  contact_once?: number | null;
  contact_minute?: number | null;
  address_once?: number | null;
  address_minute?: number | null;
  too_fast_en?: string;
  too_fast_zh?: string;
}

type TextInbox = Shown["TextInboxReply"];

/** As the server has them: a contact of a site, of the API channel, and an address. */
const HOUSE = { site: { at_once: 10, per_minute: 60 }, api: { at_once: 60, per_minute: 120 }, address: { at_once: 100, per_minute: 600 } };

export const ratesOf = (inbox: TextInbox | null): RatesWish => ({
  contact_once: inbox?.rates.contact?.at_once,
  contact_minute: inbox?.rates.contact?.per_minute,
  address_once: inbox?.rates.address?.at_once,
  address_minute: inbox?.rates.address?.per_minute,
  too_fast_en: inbox?.rates.reply?.en,
  too_fast_zh: inbox?.rates.reply?.zh,
});

/** Where one of both figures is said, the other is the house's. */
const bucket = (once: number | null | undefined, minute: number | null | undefined, house: Shown["AllowanceShape"]) =>
  once || minute ? { at_once: once || house.at_once, per_minute: minute || house.per_minute } : null;

export function ratesBody(wish: RatesWish, isSite: boolean): Shown["TextRatesShape"] {
  const [en, zh] = [wish.too_fast_en?.trim(), wish.too_fast_zh?.trim()];
  return {
    contact: bucket(wish.contact_once, wish.contact_minute, isSite ? HOUSE.site : HOUSE.api),
    address: isSite ? bucket(wish.address_once, wish.address_minute, HOUSE.address) : null,
    reply: { ...(en && { en }), ...(zh && { zh }) },
  };
}

/** The fields of it, in the form of an inbox. */
export function Rates({ isSite }: { isSite: boolean }) {
  const t = useWords(rateWords);
  const count = (name: keyof RatesWish, label: string, most: number, house: number) => (
    <Form.Item name={name} label={label}>
      <InputNumber min={1} max={most} precision={0} placeholder={String(house)} style={{ width: 160 }} />
    </Form.Item>
  );
  const contact = isSite ? HOUSE.site : HOUSE.api;
  return (
    <>
      <h3>{t.rates}</h3>
      <p className="soft">{t.ratesHelp}</p>
      {count("contact_once", t.contactOnce, 1_000, contact.at_once)}
      {count("contact_minute", t.contactMinute, 60_000, contact.per_minute)}
      {isSite && (
        <>
          {count("address_once", t.addressOnce, 1_000, HOUSE.address.at_once)}
          {count("address_minute", t.addressMinute, 60_000, HOUSE.address.per_minute)}
        </>
      )}
      <Form.Item name="too_fast_en" label={t.tooFastEn} extra={t.tooFastHelp}>
        <Input maxLength={300} />
      </Form.Item>
      <Form.Item name="too_fast_zh" label={t.tooFastZh}>
        <Input maxLength={300} />
      </Form.Item>
    </>
  );
}
