// Every screen, wide and on a phone, in both themes: nothing that keeps anybody out, and no violation of the content security policy.
import type { Page } from "@playwright/test";
import { startGateway } from "../peers/programs.ts";
import { expect, expectAccessible, expectFits, test } from "./fixtures.ts";
import { callOf } from "./pages/call.ts";
import { explorerOf } from "./pages/explorer.ts";
import { targetDialogOf } from "./pages/target-dialog.ts";

const sizes = [
  { name: "wide", width: 1440, height: 900, colorScheme: "light" },
  { name: "phone", width: 390, height: 844, colorScheme: "dark" },
] as const;

/** Nothing keeps anybody out, and nothing is out of reach. */
async function expectGood(page: Page): Promise<void> {
  await expectAccessible(page);
  await expectFits(page);
}

for (const size of sizes) {
  test.describe(`${size.name}, opened ${size.colorScheme}`, () => {
    test.use({ viewport: { width: size.width, height: size.height }, colorScheme: size.colorScheme });

    test("a call and its answer", async ({ page }) => {
      const call = callOf(page);
      await page.goto("/?service=pb.AddressBookService&method=AddPerson");
      await call.field("name").fill("Ada");
      await expectGood(page);
      await call.sendFor("OK");
      await expect(call.json).toBeVisible();
      await expectGood(page);
      await page.goto("/?service=arith.v1.Arith&method=Div");
      await expect(call.field("b")).toBeVisible();
      await call.send();
      await expect(call.error).toBeVisible();
      await expectGood(page);
    });

    test("every tab of a request and of its answer", async ({ page }) => {
      const call = callOf(page);
      const part = async (name: "Request" | "Response" | "Wire") => {
        if (size.name !== "phone") return;
        await page.getByRole("group", { name: "Part of the call" }).getByRole("button", { name }).click();
      };
      await page.goto("/?service=pb.AddressBookService&method=AddPerson");
      await call.field("name").fill("Ada");
      for (const tab of ["JSON", "Bytes", "Metadata", "Options"] as const) {
        await call.showRequest(tab);
        await expect(call.request.getByRole("tab", { name: new RegExp(`^${tab}`), selected: true })).toBeVisible();
        if (tab === "JSON") await expect(call.editor).toContainText("Ada");
        if (tab === "Metadata") await call.request.getByRole("textbox", { name: /^Name/ }).first().fill("x-tenant");
        await expectGood(page);
      }
      await call.send();
      await part("Response");
      await expect(call.status).toHaveText("OK");
      for (const tab of ["Bytes", "Headers & trailers", "Timeline"] as const) {
        await call.showResponse(tab);
        await expect(call.response.getByRole("tab", { name: tab, selected: true })).toBeVisible();
        await expectGood(page);
      }
      await part("Wire");
      await call.chooseLeg(/^gateway → backend/);
      await expectGood(page);
    });

    test("an address that is no screen, the shortcuts, and the bytes screen", async ({ page }) => {
      await page.goto("/nowhere");
      await expect(page.getByText("No screen at /nowhere")).toBeVisible();
      await expectGood(page);
      await page.getByRole("button", { name: "Help and shortcuts" }).click();
      await expect(page.getByRole("dialog", { name: "Shortcuts" })).toBeVisible();
      await expectGood(page);
      await page.keyboard.press("Escape");
      await page.getByRole("main").getByRole("link", { name: "Go to Calls" }).click();
      await expect(page.getByText("No call open")).toBeVisible();
      await expectGood(page);
      await page.goto("/bytes");
      await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("CgNBZGEQBw==");
      await expect(page.getByRole("treegrid").first()).toBeVisible();
      await expectGood(page);
    });

    test("a gateway that is away, and one that wants its token", async ({ page }) => {
      const own = await startGateway("--no-demo", "--token", "a-token-of-some-length");
      try {
        await page.goto(own.address);
        await expect(page.getByLabel("Token", { exact: true })).toBeVisible();
        await expectGood(page);
        await page.getByLabel("Token", { exact: true }).fill("a-token-of-some-length");
        await page.keyboard.press("Enter");
        await expect(page.getByText("No call open")).toBeVisible();
      } finally {
        await own.stop();
      }
      await expect(page.getByText("Gateway not reachable")).toBeVisible();
      await expectGood(page);
    });

    test("a stream", async ({ page }) => {
      const call = callOf(page);
      await page.goto("/?service=rpcdeck.demo.v1.Chat&method=Converse");
      await call.field("text").fill("burst 3");
      await call.send();
      await expect(call.messages.getByRole("row").filter({ hasText: "received" })).toHaveCount(3);
      await expectGood(page);
    });

    test("the registry", async ({ page }) => {
      await page.goto("/registry");
      await expect(page.getByRole("button", { name: "greeter-1", exact: true }).first()).toBeVisible();
      await expectGood(page);
      await page.getByRole("button", { name: "greeter-1", exact: true }).first().click();
      await expect(page.getByRole("complementary", { name: "Instance greeter-1" })).toBeVisible();
      await expectGood(page);
    });

    test("palette, settings and the target dialog", async ({ page }) => {
      await page.goto("/");
      await expect(page.getByRole("button", { name: /^Find a method/ })).toBeVisible();
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Find" }).fill("hel");
      await expect(page.getByRole("option", { name: /SayHello/ })).toBeVisible();
      await expectGood(page);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+,");
      await expect(page.getByRole("dialog", { name: "Settings" })).toBeVisible();
      await expectGood(page);
      await page.keyboard.press("Escape");
      if (size.name === "phone") await page.getByRole("button", { name: "Explorer" }).click();
      await expect(explorerOf(page).method("SayHello")).toBeVisible();
      await expectGood(page);
      const target = targetDialogOf(page);
      await target.open();
      await target.look("localhost:9");
      await expect(target.dialog.getByText("Nothing to call there")).toBeVisible();
      await expectGood(page);
    });
  });
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
