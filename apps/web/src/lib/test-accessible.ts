import { expect, type Page } from "@playwright/test";
import axe, { type AxeResults, type RunOptions } from "axe-core";

const common: RunOptions = {
  // Without these two axe describes every element that passed too, and fetches all style sheets again: four times the time.
  resultTypes: ["violations"],
  preload: false,
};
/** The themes differ in colours alone: what else there is to judge is judged once. */
const checks = [
  { theme: "light", how: { ...common, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } },
  { theme: "dark", how: { ...common, runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } } },
] as const satisfies readonly { readonly theme: string; readonly how: RunOptions }[];

/**
 * Fails on any violation of WCAG 2.0 to 2.2, levels A and AA, in either theme, and names the elements. The page has no frames. Waits until
 * nothing moves, and leaves the theme as it was.
 */
export async function expectAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const found = await page.evaluate(async (wanted) => {
    const { axe: loaded } = globalThis as unknown as { readonly axe: { run(how: RunOptions): Promise<AxeResults> } };
    const { dataset } = document.documentElement;
    const before = dataset["theme"];
    const all: string[] = [];
    for (const { theme, how } of wanted) {
      dataset["theme"] = theme;
      const endless = Number.POSITIVE_INFINITY;
      const moving = document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== endless);
      await Promise.allSettled(moving.map((animation) => animation.finished));
      for (const { id, nodes } of (await loaded.run(how)).violations) {
        all.push(...nodes.map(({ html, failureSummary }) => `${theme}, ${id}: ${html} (${failureSummary ?? ""})`));
      }
    }
    if (before === undefined) delete dataset["theme"];
    else dataset["theme"] = before;
    return all;
  }, checks);
  expect(found).toEqual([]);
}
