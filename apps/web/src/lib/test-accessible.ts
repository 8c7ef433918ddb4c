import { expect, type Page } from "@playwright/test";
import axe, { type AxeResults, type RunOptions } from "axe-core";

const options: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  // Without these two axe describes every element that passed too, and fetches all style sheets again: four times the time.
  resultTypes: ["violations"],
  preload: false,
};

/** Fails on any violation of WCAG 2.0 to 2.2, levels A and AA, and names the elements. The page has no frames. Waits until nothing moves. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const endless = Number.POSITIVE_INFINITY;
    const moving = document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().endTime !== endless);
    await Promise.allSettled(moving.map((animation) => animation.finished));
  });
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const violations = await page.evaluate(async (how) => {
    const { axe: loaded } = globalThis as unknown as { readonly axe: { run(how: RunOptions): Promise<AxeResults> } };
    return (await loaded.run(how)).violations;
  }, options);
  expect(
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} (${failureSummary ?? ""})`)),
  ).toEqual([]);
}
