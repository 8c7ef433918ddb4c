import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";

test("draws only the rows in sight of a hundred million bytes, and reaches the last one", async ({ mount, page }) => {
  const component = await mount("ui/hex-grid/Large");
  const grid = component.getByRole("grid", { name: "Large" });
  await grid.focus();
  await page.keyboard.press("Control+End");
  await expect(grid.getByRole("rowheader").last()).toHaveText("5f5e0f0");
  expect(await grid.getByRole("row").count()).toBeLessThan(30);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("PageUp");
  await expect(grid.locator('[role="gridcell"][id]')).toBeInViewport();
  await page.keyboard.press("Control+Home");
  await expect(grid.getByRole("rowheader").first()).toHaveText("0000");
  await grid.hover();
  await page.mouse.wheel(0, 100);
  await expect(grid.getByRole("rowheader").nth(5)).toHaveText("0070");
});

test("shows eight bytes to a row in a narrow place", async ({ mount, page }) => {
  await page.setViewportSize({ width: 390, height: 400 });
  const component = await mount("ui/hex-grid/States");
  await expect(component.getByRole("rowheader").nth(1)).toHaveText("0008");
});

test("copies the selected field as hex", async ({ mount, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const component = await mount("ui/hex-grid/States");
  await component.getByRole("grid").focus();
  await page.keyboard.press("Control+c");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("0a 02 31 39");
});

test("has no axe violations", async ({ mount, page }) => {
  await mount("ui/hex-grid/States");
  await expectAccessible(page);
});
