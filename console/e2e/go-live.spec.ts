import { expect, signedIn, test } from "./test";

test("red is shown with what to do, and goes live with a reason alone [S16.28]", async ({ browser, centre }) => {
  const page = await signedIn(browser, centre, "Adam");
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Go live" }).click();
  const checks = page.getByRole("list", { name: "Go live" }).getByRole("listitem");
  await expect(checks).toHaveCount(15);
  // What stops comes first.
  const states = await checks.evaluateAll((all) => all.map((one) => one.getAttribute("data-state") ?? ""));
  expect(states).toEqual([...states].sort((one, two) => ["red", "amber", "green"].indexOf(one) - ["red", "amber", "green"].indexOf(two)));
  const factor = page.locator("[data-check=admin_second_factor]");
  await expect(factor).toContainText("require it for their role");
  await expect(factor).toHaveAttribute("data-state", "red");
  await expect(page.locator("[data-check=recording_announcement]")).toHaveAttribute("data-state", "green");
  await expect(page.getByText(/things stop you from going live/)).toBeVisible();

  await page.getByRole("button", { name: "Go live" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("listitem").filter({ hasText: "Demonstration" })).toBeVisible();
  const go = dialog.getByRole("button", { name: "Go live all the same" });
  await go.click();
  await expect(dialog.getByText("Say it in 10 characters or more.")).toBeVisible();
  await dialog.getByLabel("Why all the same?").fill("a rehearsal with friends");
  await page.screenshot({ path: "e2e/shots/go-live-reason-en-light.png" });
  await go.click();
  const live = page.getByRole("alert").filter({ hasText: "Live since" });
  await expect(live).toContainText("Adam Admin");
  await expect(live).toContainText("a rehearsal with friends");
  await expect(live).toContainText("Demonstration");
  await page.reload();
  await expect(live).toBeVisible();
  await page.screenshot({ path: "e2e/shots/go-live-live-en-light.png" });

  await page.getByRole("button", { name: "Not live any more" }).click();
  await page.locator(".ant-popover").getByRole("button", { name: "Not live any more" }).click();
  await expect(page.getByText(/things stop you from going live/)).toBeVisible();

  // One leads to where it is mended.
  await factor.getByRole("link").click();
  await expect(page.getByRole("heading", { name: "Security" })).toBeVisible();
  await page.context().close();
});
