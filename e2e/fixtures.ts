// What every journey needs: a gateway of its own with the demo fleet, and a page that fails on any error or policy violation.
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";
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
      // A browser writes an error for every answer above 399 and for a gateway that is away: outcomes, checked by the tests themselves.
      const isOutcome = message.text().startsWith("Failed to load resource") || message.text().includes("net::ERR_CONNECTION_REFUSED");
      if (message.type() === "error" && !isOutcome) faults.push(message.text());
    });
    await provide(page);
    expect(faults, "errors in the page's console").toEqual([]);
  },
});

export { expect };

/** Fails on any violation of WCAG 2.0 to 2.2, levels A and AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  expect(violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
}
