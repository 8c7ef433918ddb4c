import type { Locator, Page } from "@playwright/test";

/** The dialog that takes an address. */
export interface TargetDialog {
  readonly dialog: Locator;
  /** What was tried, step by step. */
  readonly steps: Locator;
  /** Opens it from the explorer. */
  open(): Promise<void>;
  /** Types an address and looks there. */
  look(address: string): Promise<void>;
  /** Keeps what was found. */
  add(): Promise<void>;
  /** Drops a file, by its path, where a schema is asked for, as a file manager does. */
  drop(file: string): Promise<void>;
}

/** The add-target dialog of a page. */
export function targetDialogOf(page: Page): TargetDialog {
  const dialog = page.getByRole("dialog", { name: "Add a target" });
  return {
    dialog,
    steps: dialog.getByRole("list", { name: "What was tried" }),
    async open() {
      await page.getByRole("button", { name: "Add a target" }).click();
    },
    async look(address) {
      await dialog.getByRole("textbox", { name: "Address" }).fill(address);
      await dialog.getByRole("button", { name: "Look" }).click();
    },
    async add() {
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
    },
    async drop(file) {
      const zone = await dialog.getByText("Drop .proto files, a folder of them").boundingBox();
      if (zone === null) throw new Error("no place for a schema is in sight");
      const session = await page.context().newCDPSession(page);
      for (const type of ["dragEnter", "dragOver", "drop"] as const) {
        await session.send("Input.dispatchDragEvent", {
          type,
          x: zone.x + zone.width / 2,
          y: zone.y + zone.height / 2,
          data: { items: [], files: [file], dragOperationsMask: 1 },
        });
      }
      await session.detach();
    },
  };
}
