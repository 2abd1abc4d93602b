import { createHmac, randomUUID } from "node:crypto";
import { expect, type Page } from "@playwright/test";
import { apiOf } from "./api";
import type { Centre } from "./centre";

/** A bridge that brings texts of contacts to the support queue; `atOnce`: so many of one contact, where the house's rate is too little. */
export async function bridge(admin: Page, centre: Centre, atOnce?: number) {
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  const inbox = await api.send<{ id: string; secret: string }>("POST", "text_inboxes", { name: `Bridge ${randomUUID()}`, queue, ...(atOnce && { rates: { contact: { at_once: atOnce, per_minute: atOnce } } }) });
  return async (contact: { id: string; name?: string }, text: string) => {
    const body = JSON.stringify({ id: randomUUID(), contact, text });
    const [id, at] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
    const key = Buffer.from(inbox.secret.replace("whsec_", ""), "base64");
    const signature = `v1,${createHmac("sha256", key).update(`${id}.${at}.${body}`).digest("base64")}`;
    const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature };
    const answer = await fetch(`${centre.url}/public/api/v1/inboxes/${inbox.id}/messages`, { method: "POST", headers, body });
    expect(answer.status).toBe(201);
  };
}
