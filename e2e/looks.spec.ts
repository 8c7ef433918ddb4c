// Every screen, light and dark, wide and on a phone: nothing that keeps anybody out, and no violation of the content security policy.
import { expect, expectAccessible, test } from "./fixtures.ts";
import { callOf } from "./pages/call.ts";
import { explorerOf } from "./pages/explorer.ts";
import { targetDialogOf } from "./pages/target-dialog.ts";

const sizes = [
  { name: "wide", width: 1440, height: 900 },
  { name: "phone", width: 390, height: 844 },
] as const;

for (const size of sizes) {
  for (const colorScheme of ["light", "dark"] as const) {
    test.describe(`${size.name}, ${colorScheme}`, () => {
      test.use({ viewport: { width: size.width, height: size.height }, colorScheme });

      test("a call and its answer", async ({ page }) => {
        const call = callOf(page);
        await page.goto("/?service=pb.AddressBookService&method=AddPerson");
        await call.field("name").fill("Ada");
        await expectAccessible(page);
        await call.sendFor("OK");
        await expect(call.json).toBeVisible();
        await expectAccessible(page);
        await page.goto("/?service=arith.v1.Arith&method=Div");
        await expect(call.field("b")).toBeVisible();
        await call.send();
        await expect(call.error).toBeVisible();
        await expectAccessible(page);
      });

      test("a stream", async ({ page }) => {
        const call = callOf(page);
        await page.goto("/?service=rpcdeck.demo.v1.Chat&method=Converse");
        await call.field("text").fill("burst 3");
        await call.send();
        await expect(call.messages.getByRole("row").filter({ hasText: "received" })).toHaveCount(3);
        await expectAccessible(page);
      });

      test("the registry", async ({ page }) => {
        await page.goto("/registry");
        await expect(page.getByRole("button", { name: "greeter-1", exact: true }).first()).toBeVisible();
        await expectAccessible(page);
        await page.getByRole("button", { name: "greeter-1", exact: true }).first().click();
        await expect(page.getByRole("complementary", { name: "Instance greeter-1" })).toBeVisible();
        await expectAccessible(page);
      });

      test("palette, settings and the target dialog", async ({ page }) => {
        await page.goto("/");
        await expect(page.getByRole("button", { name: /^Find a method/ })).toBeVisible();
        await page.keyboard.press("Control+k");
        await page.getByRole("combobox", { name: "Find" }).fill("hel");
        await expect(page.getByRole("option", { name: /SayHello/ })).toBeVisible();
        await expectAccessible(page);
        await page.keyboard.press("Escape");
        await page.keyboard.press("Control+,");
        await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
        await expectAccessible(page);
        await page.keyboard.press("Escape");
        if (size.name === "phone") await page.getByRole("button", { name: "Explorer" }).click();
        await expect(explorerOf(page).method("SayHello")).toBeVisible();
        await expectAccessible(page);
        const target = targetDialogOf(page);
        await target.open();
        await target.look("localhost:9");
        await expect(target.dialog.getByText("Nothing to call there")).toBeVisible();
        await expectAccessible(page);
      });
    });
  }
}

test("choosing a method on a phone closes the drawer and shows the call", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/");
  await page.getByRole("button", { name: "Explorer" }).click();
  await explorerOf(page).method("SayHello").click();
  await expect(page.getByRole("dialog", { name: "Explorer" })).toHaveCount(0);
  const call = callOf(page);
  await call.field("name").fill("phone");
  await call.sendButton.click();
  await expect(call.json).toContainText("hello phone");
  await page.getByRole("group", { name: "Part of the call" }).getByRole("button", { name: "Wire" }).click();
  await expect(call.wireTree.getByRole("row", { name: /^name/ })).toBeVisible();
});
