import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { States } from "./button.story.tsx";

test("presses by mouse and by keyboard, and shows the name of an icon button on focus", async ({ mount, page }) => {
  const seen: string[] = [];
  const component = await mount<typeof States>("ui/button/States", { onPress: (what) => void seen.push(what) });
  await component.getByRole("button", { name: "Go primary" }).click();
  await component.getByRole("button", { name: "Go danger" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("tooltip")).toContainText("Copy");
  await page.keyboard.press("Space");
  await expect.poll(() => seen).toEqual(["primary", "danger", "copy"]);
});

test("has no axe violations in any state", async ({ mount, page }) => {
  await mount("ui/button/States");
  await expectAccessible(page);
});
