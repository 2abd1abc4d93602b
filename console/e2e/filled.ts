import type { apiOf } from "./api";
import { PASSWORD } from "./centre";

/** Something in the lists that a demo leaves empty, so that they are looked at with rows in them; and Tess, who looks after the server. */
export async function filled(api: Awaited<ReturnType<typeof apiOf>>): Promise<void> {
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  await api.send("POST", "users", { login: "tess", name: "Tess Technician", roles: ["technician"], password: PASSWORD, must_change_password: false });
  await api.send("POST", "tags", { name: "退货 returned goods", group: "Matter", colour: "#f2c230" });
  await api.send("POST", "segments", { name: "Very important people", condition: { all: [{ is: { fact: "tier", one_of: ["vip"] } }] } });
  const refunds = { says: { fact: "text", words: ["退款", "refund"] } };
  const rule = { name: "Refunds go first", on: "begins", when: { all: [refunds] }, then: [{ queue }, { priority: 5 }, { greeting: "您好" }], last: true, disabled: false };
  await api.send("PUT", "rules", { replaces: 0, rules: [rule] });
  await api.send("POST", "quick_phrases", { whose: "everybody", code: "hello", title: "Hello", texts: { en: "Hello {{contact.name}}", "zh-CN": "您好" } });
  await api.send("POST", "calendars", { name: "Office", calendar: { zone: "Asia/Shanghai", week: { monday: [{ from: "09:00", to: "18:00" }] }, days: {} } });
  const type = await api.send<{ id: string }>("POST", "ticket_types", { name: "Repair", limit_minutes: 480, fields: [{ name: "Device", kind: "text" }] });
  await api.send("POST", "tickets", { type: type.id, title: "The kettle leaks where its handle begins", priority: "high" });
  await api.send("POST", "text_inboxes", { name: "Shop", queue, site: { allowed: ["https://shop.example"] } });
  await api.send("POST", "api_tokens", { name: "wallboard", permissions: ["queues.read", "performance.read"], expires_in_days: 30 });
}
