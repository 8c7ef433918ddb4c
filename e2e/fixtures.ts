// What every journey needs: a gateway of its own with the demo fleet, and a page that fails on any error or policy violation.
import { expect, test as base, type Page } from "@playwright/test";
import { expectAccessible } from "../apps/web/src/lib/test-accessible.ts";
import { startGateway, type Program } from "../peers/programs.ts";

interface WorkerFixtures {
  /** A gateway with the demo fleet, one per worker. */
  readonly gateway: Program;
}

interface TestFixtures {
  /** The page, opened nowhere yet. Errors in its console and content security policy violations fail the test. */
  readonly page: Page;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  gateway: [
    async ({}, provide) => {
      const gateway = await startGateway();
      await provide(gateway);
      await gateway.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ gateway }, provide) => {
    await provide(gateway.address);
  },
  page: async ({ page }, provide) => {
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
    page.on("console", (message) => {
      // A browser writes an error for every answer above 399, for a gateway that is away and for one that wants a token: outcomes, checked by the tests themselves.
      const outcomes = [
        "Failed to load resource",
        "net::ERR_CONNECTION_REFUSED",
        "net::ERR_CONNECTION_RESET",
        "HTTP Authentication failed",
      ];
      const isOutcome = outcomes.some((outcome) => message.text().includes(outcome));
      if (message.type() === "error" && !isOutcome) faults.push(message.text());
    });
    await provide(page);
    expect(faults, "errors in the page's console").toEqual([]);
  },
});

export { expect, expectAccessible };

/** Fails where something to press, type into or read by is out of the window to the side, and where the page can be moved sideways. */
export async function expectFits(page: Page): Promise<void> {
  const outside = await page.evaluate(() => {
    const canScroll = (element: Element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
    const scrolls = (element: Element | null): boolean => element !== null && (canScroll(element) || scrolls(element.parentElement));
    const controls = [
      ...document.querySelectorAll<HTMLElement>("button, input, textarea, select, a[href], h1, h2, [role=tab], [role=radio]"),
    ]
      .filter((element) => element.checkVisibility() && !scrolls(element.parentElement))
      .filter((element) => {
        const { left, right, width, height } = element.getBoundingClientRect();
        // What is hidden from sight only, such as the link that skips to the main pane, stands outside on purpose.
        return width > 1 && height > 1 && right > 0 && (left < -1 || right > innerWidth + 1);
      })
      .map((element) => `${element.tagName.toLowerCase()} ${element.getAttribute("aria-label") ?? element.textContent.slice(0, 40)}`);
    const wide = document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [];
    return [...wide, ...controls];
  });
  expect(outside, "out of the window to the side").toEqual([]);
}
