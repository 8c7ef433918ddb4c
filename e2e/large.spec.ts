// Messages near the limit and past it: shown without freezing the page, or refused with sizes and nothing lost.
import { randomBytes } from "node:crypto";
import { expect, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

const mebibyte = 1024 * 1024;

for (const protocol of ["Connect", "gRPC-Web"] as const) {
  test(`shows an answer of 10 MiB, ${protocol}`, async ({ page }) => {
    await page.goto("/");
    const call = await explorerOf(page).open("EchoKitchenSink");
    const file = { name: "ten.bin", mimeType: "application/octet-stream", buffer: randomBytes(10 * mebibyte) };
    await call.request.getByLabel("File for bytes_value", { exact: true }).setInputFiles(file);
    await expect(call.request.getByText("10.5 MB").first()).toBeVisible();
    await call.chooseProtocol(protocol);
    await call.sendFor("OK");
    await expect(call.json).toContainText("bytesValue");
    await expect(call.hex.getByRole("gridcell").first()).toBeVisible();
    await call.chooseSide("Response");
    await call.wireTree.press("End");
    await expect(call.wireTree.getByRole("row", { selected: true })).toContainText("bytes_value");
    // The page still answers: another message goes out at once.
    await call.request.getByRole("button", { name: "Empty the message" }).click();
    await call.field("string_value").fill("small again");
    await call.sendFor("OK");
    await expect(call.json).toContainText("small again");
  });
}

test("refuses a message over the limit with its size and the limit, and keeps it", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("EchoKitchenSink");
  const file = { name: "sixteen.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(16 * mebibyte, 7) };
  await call.request.getByLabel("File for bytes_value", { exact: true }).setInputFiles(file);
  await expect(call.request.getByText("16.8 MB").first()).toBeVisible();
  for (const protocol of ["Connect", "gRPC-Web", "gRPC"] as const) {
    await call.chooseProtocol(protocol);
    await call.sendFor("resource_exhausted");
    await expect(call.error).toContainText("16 MiB");
    await expect(call.error).toContainText("--max-message");
  }
  await expect(call.request.getByText("16.8 MB").first()).toBeVisible();
});
