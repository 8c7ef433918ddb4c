import type { Locator, Page } from "@playwright/test";

/** The registry screen. */
export interface RegistryPage {
  open(): Promise<void>;
  /** The rows of an instance, one under each of its services. */
  rows(label: string): Locator;
  /** The first row of an instance. */
  row(label: string): Locator;
  /** How much of its lease is left. */
  lease(label: string): Locator;
  events: Locator;
  /** Opens the details of an instance. */
  inspect(label: string): Promise<Locator>;
}

/** The registry of a page, at a gateway's address. */
export function registryOf(page: Page, address: string): RegistryPage {
  const instances = page.getByRole("region", { name: "Instances", exact: true });
  const rows = (label: string) => instances.getByRole("row").filter({ has: page.getByRole("button", { name: label, exact: true }) });
  const row = (label: string) => rows(label).first();
  return {
    async open() {
      await page.goto(`${address}/registry`);
    },
    rows,
    row,
    lease: (label) => row(label).getByRole("meter", { name: "Lease left" }),
    events: page.getByRole("region", { name: "Event log" }),
    async inspect(label) {
      await row(label).getByRole("button", { name: label, exact: true }).click();
      return page.getByRole("complementary", { name: `Instance ${label}` });
    },
  };
}
