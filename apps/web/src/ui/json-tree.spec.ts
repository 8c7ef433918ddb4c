import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Tree } from "./json-tree.story.tsx";

test("folds and unfolds by keyboard, and says what is folded", async ({ mount, page }) => {
  const component = await mount<typeof Tree>("ui/json-tree/Tree");
  const items = component.getByRole("treeitem");
  const all = await items.count();
  await component.getByRole("tree", { name: "Value" }).focus();
  const phones = items.filter({ hasText: '"phones"' });
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(phones).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowLeft");
  await expect(phones).toHaveAttribute("aria-expanded", "false");
  await expect(phones).toContainText("2 items");
  expect(await items.count()).toBeLessThan(all);
  await page.keyboard.press("ArrowRight");
  await expect(items).toHaveCount(all);
  await expectAccessible(page);
});

test("draws of a large value what is in sight only", async ({ mount, page }) => {
  const component = await mount<typeof Tree>("ui/json-tree/Tree", { isLarge: true });
  await component.getByRole("tree", { name: "Value" }).focus();
  expect(await component.getByRole("treeitem").count()).toBeLessThan(200);
  await page.keyboard.press("End");
  await expect(component.getByRole("treeitem").last()).toBeVisible();
  expect(await component.getByRole("treeitem").count()).toBeLessThan(200);
});
