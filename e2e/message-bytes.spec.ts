// The message as bytes: edited, broken, undone, and sent exactly as they are.
import type { Page } from "@playwright/test";
import { expect, expectAccessible, test } from "./fixtures.ts";
import type { CallPage } from "./pages/call.ts";
import { explorerOf } from "./pages/explorer.ts";

/** All bytes of a grid, in hex. */
async function bytesIn(page: Page, grid: CallPage["hex"]): Promise<string> {
  await grid.focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Control+Shift+End");
  await page.keyboard.press("Control+c");
  return page.evaluate(() => navigator.clipboard.readText());
}

const gridOf = (call: CallPage) => call.request.getByRole("grid", { name: "Bytes of the message" });

test("sends bytes exactly as they are: overlong varints, unknown fields and a cut tail reach the backend's leg", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  await call.showRequest("Bytes");
  await gridOf(call).focus();
  // id with a needlessly long varint and tag, field 99, a name that says it is longer than it is.
  const written = "10 87 00 90 00 88 80 00 98 06 01 0a 05 41";
  await page.keyboard.type(written.replaceAll(" ", ""));
  expect(await bytesIn(page, gridOf(call))).toBe(written);
  await call.send();
  await expect(call.status).not.toHaveText("OK");
  await expect(call.error).toBeVisible();
  await call.chooseSide("Request");
  await call.chooseLeg(/^gateway → backend/);
  // The prefix of gRPC, then the message.
  await expect(call.hex).toContainText("0e");
  expect(await bytesIn(page, call.hex)).toBe(`00 00 00 00 0e ${written}`);
});

test("keeps the last form while the bytes break the message, shows where, and loses nothing on the way back", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  await call.field("name").fill("Ada");
  await call.field("id").fill("7");
  await call.field("email").fill("a@b.c");
  await call.showRequest("Bytes");
  const grid = gridOf(call);
  const good = await bytesIn(page, grid);
  // The length of the email says more than there is.
  await grid.locator('[data-at="8"]').first().click();
  await page.keyboard.type("7f");
  await expect(call.request.getByText("Breaks at 0x07")).toBeVisible();
  const broken = await bytesIn(page, grid);

  await call.showRequest("Form");
  await expect(call.request.getByText("The bytes break the message at 0x07")).toBeVisible();
  await expect(call.field("name")).toHaveValue("Ada");
  await expect(call.field("email")).toHaveValue("a@b.c");
  await expect(call.request.locator('[data-path="email"]').getByText("stale")).toBeVisible();
  await expect(call.request.locator('[data-path="name"]').getByText("stale")).toHaveCount(0);
  await expectAccessible(page);
  // Nothing can be changed here, and says so.
  await expect(call.field("email")).toHaveAttribute("readonly", "");
  await call.request.getByRole("button", { name: "Add item to phones" }).click();
  await expect(call.request.getByText("Nothing was changed")).toBeVisible();
  // To the byte.
  await call.request.getByRole("button", { name: "Go to 0x07" }).click();
  await expect(grid).toBeFocused();
  await expect(grid.locator('[role="gridcell"][id]')).toHaveAttribute("data-at", "7");
  expect(await bytesIn(page, grid)).toBe(broken);

  await call.showRequest("Form");
  await call.request.getByRole("button", { name: "Restore it" }).click();
  await expect(call.request.getByText("The bytes break the message")).toHaveCount(0);
  await call.field("email").fill("x@y.z");
  await call.showRequest("Bytes");
  await grid.focus();
  await page.keyboard.press("Control+z");
  expect(await bytesIn(page, grid)).toBe(good);
  await page.keyboard.press("Control+z");
  expect(await bytesIn(page, grid)).toBe(broken);
  await call.showRequest("Form");
  await call.request.getByRole("button", { name: "Edit what can be read" }).click();
  await call.field("name").fill("Bea");
  await call.showRequest("Bytes");
  expect(await bytesIn(page, grid)).toBe(broken.replace("41 64 61", "42 65 61"));
});

test("undoes and redoes changes of the message, in whatever view they were made, to the very bytes", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  const undo = call.request.getByRole("button", { name: "Undo" });
  const redo = call.request.getByRole("button", { name: "Redo" });
  await expect(undo).toBeDisabled();
  await call.showRequest("Bytes");
  await gridOf(call).focus();
  await page.keyboard.type("1087009806010a0141");
  const typed = await bytesIn(page, gridOf(call));
  await call.showRequest("Form");
  await call.field("name").fill("Ada");
  await call.request.getByRole("radio", { name: "sms_optin" }).click();
  await call.showRequest("Bytes");
  const last = await bytesIn(page, gridOf(call));
  expect(last).toBe("10 87 00 38 00 98 06 01 0a 03 41 64 61");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  expect(await bytesIn(page, gridOf(call))).toBe(typed);
  await undo.click();
  await expect(undo).toBeDisabled();
  await expect(gridOf(call).getByText("Empty message", { exact: false })).toBeVisible();
  for (let step = 0; step < 3; step++) await redo.click();
  await expect(redo).toBeDisabled();
  expect(await bytesIn(page, gridOf(call))).toBe(last);
  // In a text field the keys are the field's own.
  await call.showRequest("Form");
  await call.field("name").press("Control+z");
  await expect(redo).toBeDisabled();
});

test("finds a field with the slash key, tells what its comment says, and leads an unknown field into the inspector", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("AddPerson");
  await call.showRequest("Bytes");
  await gridOf(call).focus();
  await page.keyboard.type("0a034164619806019a06026869");
  await call.showRequest("Form");
  await call.request.getByRole("tab", { name: "Form" }).press("/");
  await expect(call.request.getByRole("searchbox", { name: "Find fields" })).toBeFocused();
  await page.keyboard.type("mail");
  await expect(call.field("email")).toBeVisible();
  await expect(call.field("name")).toHaveCount(0);
  await call.field("email").focus();
  await expect(call.request.getByText("Where mail reaches this person.").last()).toBeVisible();
  await call.request.getByRole("searchbox", { name: "Find fields" }).fill("");
  await call.request.getByRole("button", { name: "Unknown fields" }).click();
  await call.wire.getByRole("button", { name: "Fold the wire inspector" }).click();
  await expect(call.wireTree).toHaveCount(0);
  await call.request.getByRole("button", { name: "Inspect #99~2" }).click();
  await expect(call.wireTree.getByRole("row", { selected: true })).toContainText("#99~2");
  await call.showRequest("JSON");
  await call.request.getByRole("button", { name: "2 unknown fields are not in the JSON" }).click();
  await expect(gridOf(call)).toBeVisible();
});
