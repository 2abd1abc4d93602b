import { createHmac, randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { apiOf } from "./api";
import { Centre } from "./centre";
import { agentReady, expect, signedIn, test as base } from "./test";

/** A centre whose webhooks may lead to this machine. */
const test = base.extend<object, { centre: Centre }>({
  centre: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads which fixtures are wanted from this pattern
    async ({}, use) => {
      const centre = await Centre.start(["[channels]", `allow_networks = ["127.0.0.0/8"]`]);
      await use(centre);
      await centre.stop();
    },
    { scope: "worker" },
  ],
});

interface Hook {
  type: string;
  message: string;
  text: string | null;
  contact: { id: string };
  attachments: { name: string; kind: string; mime: string; path: string }[];
}

/** Where our texts go out to: what came, in its order. */
async function receiver(): Promise<{ url: string; got: Hook[]; server: Server }> {
  const got: Hook[] = [];
  const server = createServer((request, answer) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      got.push(JSON.parse(body) as Hook);
      answer.writeHead(204).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got, server };
}

test("a message reaches an agent's page, and the answer leaves [S1.1, S2.2, S2.9, S11.1, S16.1]", async ({ browser, centre }) => {
  const hooks = await receiver();
  const admin = await signedIn(browser, centre, "Adam");
  const api = await apiOf(admin, centre);
  const queue = (await api.get<{ id: string; name: string }[]>("queues")).find((one) => one.name === "support")?.id;
  const inbox = await api.send<{ id: string; secret: string }>("POST", "text_inboxes", { name: "Bridge", queue, webhook: hooks.url });
  const bring = async (what: string, body: object) => {
    const text = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const [id, at] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
    const key = Buffer.from(inbox.secret.replace("whsec_", ""), "base64");
    const signature = `v1,${createHmac("sha256", key).update(`${id}.${at}.`).update(text).digest("base64")}`;
    const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature };
    return fetch(`${centre.url}/public/api/v1/inboxes/${inbox.id}/${what}`, { method: "POST", headers, body: new Uint8Array(text) });
  };

  const anna = await agentReady(browser, centre, "Anna");
  expect((await bring("messages", { id: "ext-1", contact: { id: "visitor-1", name: "Zhao Lian" }, text: "Where is my parcel?" })).status).toBe(201);
  await expect(anna.getByText("Where is my parcel?")).toBeVisible();
  await anna.getByRole("button", { name: "Take", exact: true }).click();
  const box = anna.getByRole("textbox", { name: "Write to them" });
  await box.fill("It comes today.");
  await anna.screenshot({ path: "e2e/shots/desk-text-en-light.png" });
  await box.press("Enter");
  await expect.poll(() => hooks.got.filter((one) => one.text === "It comes today.").length).toBe(1);
  expect(hooks.got.at(-1)).toMatchObject({ type: "message_created", contact: { id: "visitor-1" } });
  const line = anna.locator(".line").filter({ hasText: "It comes today." });
  await expect(line).toHaveCount(1);
  await expect(line).toContainText("sent");

  // The other side says that it was read; another text comes in while the page looks on.
  const message = hooks.got.at(-1)?.message;
  expect((await bring("receipts", { message, state: "read" })).status).toBe(200);
  await expect(line).toContainText("read");
  await bring("messages", { id: "ext-2", contact: { id: "visitor-1" }, text: "Thank you!" });
  await expect(anna.locator(".line").filter({ hasText: "Thank you!" })).toBeVisible();

  // The list says with whom it is and what was written last; the floor, that it is in Anna's hands.
  const row = anna.locator(".conversations .row").filter({ hasText: "Zhao Lian" });
  await expect(row).toContainText("Thank you!");
  await expect(row).toContainText("Messages · Bridge");
  await expect(anna.locator(".timeline-card").getByRole("heading", { name: "Zhao Lian" })).toBeVisible();
  await admin.goto(`${centre.url}/floor`);
  await expect(admin.getByRole("listitem").filter({ hasText: /^Anna/ }).getByText(/^\d+ texts? in hand$/)).toBeVisible();
  await expect(admin.getByRole("listitem").filter({ has: admin.getByRole("heading", { name: "support" }) }).getByText(/^\d+ texts? in hand$/)).toBeVisible();

  // Files both ways, byte by byte; a disguise is refused before it is sent.
  const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  const chooser = anna.locator(".composer input[type=file]");
  await chooser.setInputFiles([
    { name: "page.png", mimeType: "image/png", buffer: Buffer.from("<script>alert(1)</script>") },
    { name: "label.png", mimeType: "image/png", buffer: picture },
  ]);
  await expect(anna.getByText(/the file is not what its name says/)).toBeVisible();
  await expect(anna.locator(".brought li").filter({ hasText: "label.png" })).toContainText(/\d+ B/);
  await anna.getByRole("button", { name: "Take page.png away" }).click();
  await box.fill("The label is here.");
  await box.press("Enter");
  const shown = anna.locator(".line").filter({ hasText: "The label is here." }).getByRole("img", { name: "label.png" });
  await expect.poll(() => shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  await expect.poll(() => hooks.got.filter((one) => one.text === "The label is here.").length).toBe(1);
  const sent = hooks.got.find((one) => one.text === "The label is here.")?.attachments[0];
  expect(sent).toMatchObject({ name: "label.png", kind: "picture", mime: "image/png" });
  expect(Buffer.from(await (await fetch(`${centre.url}${sent?.path}`)).arrayBuffer()).equals(picture)).toBe(true);
  const theirs = await bring("attachments?name=photo.png", picture);
  expect(theirs.status).toBe(201);
  const { id } = (await theirs.json()) as { id: string };
  expect((await bring("messages", { id: "ext-photo", contact: { id: "visitor-1" }, attachments: [id] })).status).toBe(201);
  await expect(anna.getByRole("img", { name: "photo.png" })).toBeVisible();
  await anna.screenshot({ path: "e2e/shots/desk-files-en-light.png" });

  // Without the network it stays here, says so, and goes once more under the same name.
  await anna.context().setOffline(true);
  await box.fill("You are welcome.");
  await box.press("Enter");
  await expect(anna.getByText("not sent")).toBeVisible();
  await anna.context().setOffline(false);
  await anna.getByRole("button", { name: "Send again" }).click();
  await expect.poll(() => hooks.got.filter((one) => one.text === "You are welcome.").length).toBe(1);
  await expect(anna.getByText("not sent")).toHaveCount(0);

  await anna.getByRole("button", { name: "Settled: close" }).click();
  await expect(anna.locator(".line").filter({ hasText: "Closed" })).toBeVisible();
  await expect(box).toHaveCount(0);
  hooks.server.close();
  await anna.context().close();
  await admin.context().close();
});
