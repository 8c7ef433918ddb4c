// Open calls are tabs, and what each shows is in the address.
import { expect, expectAccessible, test } from "./fixtures.ts";
import { callOf } from "./pages/call.ts";
import { explorerOf } from "./pages/explorer.ts";

test("opens calls as tabs, switches and closes them, and goes back and forward through what was shown", async ({ page }) => {
  await page.goto("/");
  const explorer = explorerOf(page);
  const call = callOf(page);
  const tabs = page.getByRole("tablist", { name: "Open calls" }).getByRole("tab");
  await explorer.open("SayHello");
  await call.field("name").fill("first");
  await call.showRequest("JSON");
  await expect(page).toHaveURL(/service=pb.Greeter&method=SayHello.*view=json/);
  await explorer.method("Mul").click();
  await call.field("a").fill("6");
  await explorer.method("Converse").click();
  await expect(call.field("text")).toBeVisible();
  await expect(tabs).toHaveText([/SayHello/, /Mul/, /Converse/]);
  await expect(tabs.nth(2)).toHaveAttribute("aria-selected", "true");

  await page.goBack();
  await expect(call.field("a")).toHaveValue("6");
  await page.goBack();
  await expect(call.editor).toContainText('"first"');
  await page.goForward();
  await expect(call.field("a")).toHaveValue("6");
  await expect(page).toHaveURL(/method=Mul/);

  await tabs.nth(0).click();
  await expect(call.title).toContainText("SayHello");
  await page.keyboard.press("ArrowRight");
  await expect(tabs.nth(1)).toBeFocused();
  await expect(call.title).toContainText("Mul");
  await page.keyboard.press("Delete");
  await expect(tabs).toHaveText([/SayHello/, /Converse/]);
  await expect(call.title).toContainText("Converse");
  await expectAccessible(page);

  // The address of a call that was closed opens the same method again.
  await page.goto(new URL("/?service=arith.v1.Arith&method=Mul", page.url()).href);
  await expect(call.field("a")).toHaveValue("");
  await expect(tabs).toHaveText([/SayHello/, /Converse/, /Mul/]);
  await page.reload();
  await expect(tabs).toHaveText([/SayHello/, /Converse/, /Mul/]);
});

test("makes another call of a method and steps through tabs by keys", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("SayHello");
  const tabs = page.getByRole("tablist", { name: "Open calls" }).getByRole("tab");
  await call.field("name").fill("one");
  await call.title.click();
  await page.keyboard.press("n");
  await expect(tabs).toHaveCount(2);
  await call.field("name").fill("two");
  await call.title.click();
  await page.keyboard.press("[");
  await expect(call.field("name")).toHaveValue("one");
  await page.keyboard.press("]");
  await expect(call.field("name")).toHaveValue("two");
});
