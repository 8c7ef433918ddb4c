// A page that stays open while the gateway gets a new one.
import { cpSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startWholeGateway } from "../apps/gateway/src/test-whole-gateway.ts";
import { root } from "../scripts/steps.ts";
import { expect, expectAccessible, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

test("says when page and gateway are of different builds, and is of the same again after a reload", async ({ page }) => {
  const webRoot = test.info().outputPath("dist");
  cpSync(join(root, "apps/web/dist"), webRoot, { recursive: true });
  const gateway = await startWholeGateway([], { webRoot });
  try {
    await page.goto(gateway.address);
    const call = await explorerOf(page).open("SayHello");
    await call.field("name").fill("kept");
    await call.sendFor("OK");
    const notice = page.getByText(/This page is build [0-9a-f]{12}, the gateway serves build [0-9a-f]{12}/);
    await expect(notice).toHaveCount(0);

    const index = join(webRoot, "index.html");
    writeFileSync(index, `${readFileSync(index, "utf8")}<!-- next build -->`);
    utimesSync(index, new Date(), new Date(Date.now() + 2_000));
    // Coming back to the tab asks the gateway who it is.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
    await expect(notice).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Reload the page" }).click();
    await expect(call.field("name")).toHaveValue("kept");
    await expect(notice).toHaveCount(0);
  } finally {
    await gateway.close();
  }
});
