import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Open } from "./palette.story.tsx";

test("finds actions by words, moves by arrows round the end, and runs one with Enter", async ({ mount, page }) => {
  const did: string[] = [];
  await mount<typeof Open>("features/palette/palette/Open", { onDid: (what) => void did.push(what) });
  const find = page.getByRole("combobox", { name: "Find" });
  await expect(find).toBeFocused();
  await expect(page.getByRole("option", { name: /Reload schemas/ })).toBeVisible();
  await page.keyboard.type(">theme");
  const options = page.getByRole("option");
  await expect(options).toHaveCount(3);
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowUp");
  await expect(options.last()).toHaveAttribute("aria-selected", "true");
  await expectAccessible(page);
  await find.fill(">shortc");
  await page.keyboard.press("Enter");
  await expect.poll(() => did).toEqual(["close", "shortcuts"]);
});

test("says that nothing was found, and leaves actions out of a search for instances", async ({ mount, page }) => {
  await mount("features/palette/palette/Open");
  await page.getByRole("combobox", { name: "Find" }).fill("zzz");
  await expect(page.getByRole("status")).toHaveText("Nothing found for “zzz”");
  await page.getByRole("combobox", { name: "Find" }).fill("@");
  await expect(page.getByRole("option")).toHaveCount(0);
});
