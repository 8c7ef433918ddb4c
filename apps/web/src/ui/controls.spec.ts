import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Fields } from "./controls.story.tsx";

test("ties an error to its field and keeps what was typed", async ({ mount, page }) => {
  const component = await mount("ui/controls/Fields");
  const name = component.getByRole("textbox", { name: "Name" });
  await name.fill("ab");
  await expect(name).toHaveAccessibleDescription(/2 characters, rule string.min_len is 3/);
  await expect(name).toHaveValue("ab");
  await expectAccessible(page);
});

test("chooses by keyboard in a select, in a tray of keys and in a menu", async ({ mount, page }) => {
  const seen: string[] = [];
  const component = await mount<typeof Fields>("ui/controls/Fields", { onChange: (what) => void seen.push(what) });
  const type = component.getByRole("button", { name: /Type/ });
  await type.focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("option", { name: "HOME" })).toBeFocused();
  await page.keyboard.type("w");
  await page.keyboard.press("Enter");
  // The list gives the focus back when it is gone; a Tab before that is the list's.
  await expect(type).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Space");
  await expect(component.getByRole("radio", { name: "JSON" })).toBeChecked();
  await component.getByRole("button", { name: "More" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: /Copy/ }).press("Enter");
  await expect.poll(() => seen).toHaveLength(3);
  await expect.poll(() => seen).toEqual(["WORK", "json", "copy"]);
});

test("moves a splitter by 8 px, by 64 px with Shift, and back with Home", async ({ mount, page }) => {
  const component = await mount("ui/controls/Panes");
  const splitter = component.getByRole("separator", { name: "Request and response" });
  await splitter.focus();
  await page.keyboard.press("ArrowRight");
  await expect(splitter).toHaveAttribute("aria-valuenow", "248");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(splitter).toHaveAttribute("aria-valuenow", "312");
  await page.keyboard.press("Home");
  await expect(splitter).toHaveAttribute("aria-valuenow", "240");
  const box = await splitter.boundingBox();
  await page.mouse.move(box!.x, box!.y + 20);
  await page.mouse.down();
  await page.mouse.move(box!.x + 900, box!.y + 20);
  await page.mouse.up();
  await expect(splitter).toHaveAttribute("aria-valuenow", "480");
});

test("switches tabs with arrow keys and says what is wrong on one", async ({ mount, page }) => {
  const component = await mount("ui/controls/Panes");
  await component.getByRole("tab", { name: "Form" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(component.getByRole("tabpanel")).toHaveText("The text");
  await expectAccessible(page);
});

test("gives every mark a name and keeps its contrast", async ({ mount, page }) => {
  const component = await mount("ui/controls/Marks");
  await expect(component.getByRole("meter", { name: "Lease left" })).toHaveCount(2);
  await expect(component.getByRole("img", { name: "bidi stream" })).toBeVisible();
  await expectAccessible(page);
});
