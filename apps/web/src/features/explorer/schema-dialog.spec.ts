import { writeFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";

for (const width of [1440, 390]) {
  test(`asks for files, says what is wrong with them, and closes, ${width} px`, async ({ mount, page }) => {
    await page.setViewportSize({ width, height: 844 });
    await mount("features/explorer/schema-dialog/Dialog");
    const dialog = page.getByRole("dialog", { name: "Add a schema" });
    await expect(dialog.getByText("Files given here are kept in this browser")).toBeVisible();
    const file = test.info().outputPath("large.proto");
    writeFileSync(file, Buffer.alloc(16 * 1024 * 1024, " "));
    const choosing = page.waitForEvent("filechooser");
    await dialog.getByRole("button", { name: "Choose files" }).click();
    await (await choosing).setFiles(file);
    await expect(dialog.getByRole("list", { name: "Problems" })).toContainText("more than the limit of");
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
  });
}
