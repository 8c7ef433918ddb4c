import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";

test("changes theme and single keys at once, and closes with Escape", async ({ mount, page }) => {
  await mount("features/settings/settings/Settings");
  const dialog = page.getByRole("dialog", { name: "Settings" });
  await dialog.getByRole("radiogroup", { name: "Theme" }).getByRole("radio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expectAccessible(page);
  await dialog.getByRole("radiogroup", { name: "Single-key shortcuts" }).getByRole("radio", { name: "Off" }).click();
  await expect(page.locator("output")).toHaveText("dark, single keys off");
  await dialog.getByRole("radiogroup", { name: "Theme" }).getByRole("radio", { name: "System" }).click();
  await dialog.getByRole("radiogroup", { name: "Single-key shortcuts" }).getByRole("radio", { name: "On" }).click();
  await page.keyboard.press("Escape");
  await expect(dialog).toHaveCount(0);
});

for (const width of [1440, 390]) {
  test(`lists every shortcut with its keys at ${width} px`, async ({ mount, page }) => {
    await page.setViewportSize({ width, height: 844 });
    await mount("features/settings/settings/Shortcuts");
    const dialog = page.getByRole("dialog", { name: "Shortcuts" });
    await expect(dialog.getByRole("heading", { name: "Everywhere" })).toBeVisible();
    expect(await dialog.getByRole("term").count()).toBeGreaterThan(10);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await expectAccessible(page);
    await page.keyboard.press("Escape");
  });
}
