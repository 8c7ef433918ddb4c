// What came back can be saved as files.
import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { HelloReplySchema } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

/** Presses a button and answers the name and content of what is downloaded. */
async function downloadBy(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: button }).click();
  const download = await coming;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test("saves an answer as JSON and as bytes", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("SayHello");
  await expect(page.getByRole("button", { name: "Save response as JSON" })).toBeDisabled();
  await call.field("name").fill("file");
  await call.sendFor("OK");
  const json = await downloadBy(page, "Save response as JSON");
  expect(json.name).toBe("SayHello-response.json");
  expect(JSON.parse(json.bytes.toString())).toEqual({ message: "hello file" });
  await call.showResponse("Bytes");
  const bytes = await downloadBy(page, "Save response as bytes");
  expect(bytes.name).toBe("SayHello-response.bin");
  expect(fromBinary(HelloReplySchema, bytes.bytes).message).toBe("hello file");
});

test("saves the messages of a stream as JSON lines", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("Table");
  await call.field("a").fill("7");
  await call.field("rows").fill("3");
  await call.sendFor("OK");
  const { name, bytes } = await downloadBy(page, "Save messages as JSON lines");
  expect(name).toBe("Table-messages.jsonl");
  const lines = bytes
    .toString()
    .split("\n")
    .map((line) => JSON.parse(line) as { direction: string; message: { product?: string } });
  expect(lines.map(({ direction }) => direction)).toEqual(["sent", "received", "received", "received"]);
  expect(lines.slice(1).map(({ message }) => message.product)).toEqual(["7", "14", "21"]);
});
