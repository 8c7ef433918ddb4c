import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Broken } from "./error-screen.story.tsx";

for (const width of [1440, 390]) {
  test(`says what broke and offers to show the screen again, ${width} px`, async ({ mount, page }) => {
    await page.setViewportSize({ width, height: 844 });
    let tries = 0;
    const component = await mount<typeof Broken>("app/error-screen/Broken", { onRetry: () => void tries++ });
    await expect(component.getByText("a part of the page could not be fetched")).toBeVisible();
    await expect(component.getByText("What was typed is kept.")).toBeVisible();
    await expectAccessible(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await component.getByRole("button", { name: "Show it again" }).click();
    await expect.poll(() => tries).toBe(1);
  });
}
