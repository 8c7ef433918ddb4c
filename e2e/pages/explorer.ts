import { expect, type Locator, type Page } from "@playwright/test";
import { callOf, type CallPage } from "./call.ts";

/** The tree of services beside the calls. */
export interface Explorer {
  readonly tree: Locator;
  readonly filter: Locator;
  service(name: string): Locator;
  /** The row of a method. Of methods with the same name the first. */
  method(name: string): Locator;
  /** Opens a method as a call and waits until its request is there. */
  open(method: string): Promise<CallPage>;
  /** Opens a method of a typed target. */
  openOf(target: string, method: string): Promise<CallPage>;
}

/** The explorer of a page that shows calls. */
export function explorerOf(page: Page): Explorer {
  const tree = page.getByRole("treegrid", { name: "Services" });
  const method = (name: string) => tree.getByRole("row", { name, exact: true }).first();
  const opened = async (row: Locator, name: string) => {
    await row.click();
    const call = callOf(page);
    await expect(call.title).toContainText(name);
    await expect(call.request.getByRole("group", { name: /^Form for/ })).toBeVisible();
    return call;
  };
  return {
    tree,
    filter: page.getByRole("searchbox", { name: "Filter services and methods" }),
    service: (name) => tree.getByRole("row", { name, exact: true }),
    method,
    open: (name) => opened(method(name), name),
    openOf: (target, name) =>
      // Rows are flat: those of a target follow it.
      opened(
        tree
          .locator(
            `xpath=.//*[@role="row"][@aria-label=${JSON.stringify(target)}]/following-sibling::*[@aria-label=${JSON.stringify(name)}]`,
          )
          .first(),
        name,
      ),
  };
}
