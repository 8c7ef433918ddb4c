import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";

const story = "features/request/call-tabs/Tabs";

test("says of each tab whether it runs or was changed, and moves and closes by keyboard", async ({ mount, page }) => {
  const component = await mount(story);
  const tabs = component.getByRole("tab");
  await expect(component.getByRole("tab", { name: "SayHello, changed since it was sent" })).toHaveAttribute("aria-selected", "true");
  await expect(component.getByRole("tab", { name: "Table, running" })).toBeVisible();
  await expectAccessible(page);
  await tabs.nth(0).focus();
  await page.keyboard.press("End");
  await expect(component.getByRole("tab", { name: "Yet" })).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(component.getByRole("tab", { name: "Table, running" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Delete");
  await expect(tabs).toHaveText([/SayHello/, /Yet/]);
  // One tab takes part in the order of Tab: the one that is shown.
  expect(await tabs.evaluateAll((all) => all.map((tab) => (tab as HTMLElement).tabIndex))).toEqual([0, -1]);
});

test("closes a tab by its cross and by the middle button, and makes another call", async ({ mount }) => {
  const component = await mount(story);
  const tabs = component.getByRole("tab");
  await component.getByTitle("Changed since it was sent. Close").click();
  await expect(tabs).toHaveText([/Table/, /Yet/]);
  await tabs.nth(1).click({ button: "middle" });
  await expect(tabs).toHaveText([/Table/]);
  await component.getByRole("button", { name: "New call of SayHello" }).click();
  await expect(tabs).toHaveText([/Table/, /SayHello/]);
});
