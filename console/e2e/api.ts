import type { Page } from "@playwright/test";
import type { Centre } from "./centre";
import { expect } from "./test";

/** The API as whoever is signed in at this page. */
export async function apiOf(page: Page, centre: Centre) {
  const me = (await (await page.request.get(`${centre.url}/api/v1/auth/me`)).json()) as { account_id: string };
  const below = `${centre.url}/api/v1/accounts/${me.account_id}`;
  const headers = { "x-ringdesk": "console" };
  return {
    get: async <T>(path: string) => {
      const answer = await page.request.get(`${below}/${path}`);
      expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
      return (await answer.json()) as T;
    },
    send: async <T>(method: "POST" | "PUT" | "DELETE", path: string, data?: object) => {
      const answer = await page.request.fetch(`${below}/${path}`, { method, headers, ...(data && { data }) });
      expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
      const text = await answer.text();
      return (text ? JSON.parse(text) : null) as T;
    },
  };
}
