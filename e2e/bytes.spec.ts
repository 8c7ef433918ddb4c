// The "Inspect bytes" screen against the shipped gateway: the schemas it knows, links, and the keyboard alone.
import { gzipSync } from "node:zlib";
import { expect, expectAccessible, test } from "./fixtures.ts";
import { tabTo } from "./keyboard.ts";
import { callOf } from "./pages/call.ts";

test("reads pasted bytes with a type of a registered service, and brings them back from a link", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  await page.getByRole("navigation", { name: "Areas" }).getByRole("link", { name: "Inspect bytes" }).click();
  await expect(page).toHaveURL(/\/bytes$/);
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("CgNBZGEQBw==");
  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  await expect(tree.getByRole("row", { name: /#1/ })).toContainText('"Ada"');
  const type = page.getByRole("combobox", { name: "Message type" });
  await type.fill("pb.Pers");
  await page.getByRole("option", { name: "pb.Person", exact: false }).first().click();
  await expect(tree.getByRole("row", { name: /^name/ })).toContainText('"Ada"');
  await tree.getByRole("row", { name: /^id/ }).click();
  await expect(page).toHaveURL(/path=id/);
  await page.getByRole("button", { name: "Share" }).click();
  await expect(page.getByText(/^Link copied/)).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain("/bytes#bytes=CgNBZGEQBw&type=pb.Person");

  const other = await context.newPage();
  await other.goto(link);
  await expect(other.getByRole("treegrid").getByRole("row", { name: /^name/ })).toContainText('"Ada"');
  await expectAccessible(other);
  await other.getByRole("textbox", { name: "Bytes to inspect" }).fill("08 01");
  await expect(other).not.toHaveURL(/bytes=/);
});

test("brings back from a link how the bytes were looked at: notation, compression, frame, field and panel", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const framed = (flag: number, message: Buffer) => Buffer.concat([Buffer.from([flag, 0, 0, 0, message.length]), message]);
  const person = (name: string) => Buffer.from([0x0a, 3, ...Buffer.from(name), 0x10, 7]);
  const body = Buffer.concat([framed(0, person("Ada")), framed(1, gzipSync(person("Bea")))]);
  await page.goto("/bytes");
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill(body.toString("base64"));
  const type = page.getByRole("combobox", { name: "Message type" });
  await type.fill("pb.Pers");
  await page.getByRole("option", { name: "pb.Person", exact: false }).first().click();
  await page.getByRole("button", { name: "Next frame" }).click();
  await page.getByRole("treegrid", { name: "Wire tree" }).getByRole("row", { name: /^id/ }).click();
  await page.getByRole("radio", { name: "Sizes" }).click();
  const share = async (): Promise<string> => {
    await page.getByRole("button", { name: "Share" }).click();
    await expect(page.getByText(/^Link copied/)).toBeVisible();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const link = await share();
  const other = await context.newPage();
  await other.goto(link);
  await expect(other.getByText("frame 2 of 2")).toBeVisible();
  await expect(other.getByRole("button", { name: /base64.*Read the text as$/ })).toBeVisible();
  await expect(other.getByRole("textbox", { name: "Bytes to inspect" })).toHaveValue(body.toString("base64").replace(/=+$/, ""));
  await expect(other.getByRole("button", { name: /gzip.*Compression$/ })).toBeVisible();
  await expect(other.getByRole("region", { name: "Sizes" })).toBeVisible();
  await expect(other.getByText("bytes 0x05–0x06 · 2 B")).toBeVisible();
  // What is chosen from here on outlives a reload.
  await other.getByRole("radio", { name: "Tree" }).click();
  await other.getByRole("treegrid").getByRole("row", { name: /^name/ }).click();
  await other.reload();
  await expect(other.getByRole("treegrid").getByRole("row", { selected: true })).toContainText('"Bea"');
  await expect(other.getByText("frame 2 of 2")).toBeVisible();
  // Other bytes are looked at from the beginning.
  await other.getByRole("textbox", { name: "Bytes to inspect" }).fill("08 01");
  await expect(other).toHaveURL(/\/bytes$/);

  await page.getByRole("button", { name: "Show on the wire" }).click();
  const sent = await share();
  await other.goto("/");
  await other.goto(sent);
  await expect(other.getByRole("radio", { name: "As sent" })).toBeChecked();
  await other.getByRole("button", { name: "Back to id" }).click();
  await expect(other.getByText("bytes 0x05–0x06 · 2 B")).toBeVisible();
  // A link of an earlier version.
  await other.goto("/");
  await other.goto("/bytes#bytes=CgNBZGEQBw&type=pb.Person&framing=none");
  await expect(other.getByRole("treegrid").getByRole("row", { name: /^name/ })).toContainText('"Ada"');
});

test("reads a pasted Connect error, details included, with the types that every error has", async ({ page }) => {
  await page.goto("/bytes");
  const violation = "ChAKAWISC211c3Qgbm90IGJl"; // BadRequest with one violation: field "b", "must not be"
  const error = { code: "invalid_argument", message: "no", details: [{ type: "google.rpc.BadRequest", value: violation }] };
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill(JSON.stringify(error));
  await expect(page.getByRole("combobox", { name: "Message type" })).toHaveValue("google.rpc.Status");
  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  await expect(tree.getByRole("row", { name: /^message/ })).toContainText('"no"');
  await expect(tree).toContainText("must not be");
  await expectAccessible(page);
});

test("opens the details of a failed call, from its error and from its trailers, and goes back to it", async ({ page }) => {
  await page.goto("/?service=arith.v1.Arith&method=Div");
  const call = callOf(page);
  await expect(call.field("b")).toBeVisible();
  await call.send();
  await call.error.getByRole("button", { name: "Inspect the bytes of google.rpc.BadRequest" }).click();
  await expect(page).toHaveURL(/\/bytes#bytes=[\w-]+&type=google\.rpc\.BadRequest&framing=none$/);
  const type = page.getByRole("combobox", { name: "Message type" });
  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  await expect(type).toHaveValue("google.rpc.BadRequest");
  await expect(tree.getByRole("row", { name: /field_violations\[0\]/ })).toBeVisible();
  await expectAccessible(page);

  await page.goBack();
  await call.showResponse("Headers & trailers");
  await call.response.getByRole("button", { name: "Inspect the bytes of grpc-status-details-bin" }).click();
  await expect(type).toHaveValue("google.rpc.Status");
  await expect(tree.getByRole("row", { name: /details\[0\]/ })).toBeVisible();
});

test("reads a large file in a worker that the page's policy lets through", async ({ page }) => {
  await page.goto("/bytes");
  const type = page.getByRole("combobox", { name: "Message type" });
  await type.fill("pb.AddressB");
  await page.getByRole("option", { name: "pb.AddressBook", exact: false }).first().click();
  const buffer = Buffer.alloc(7 * 700_000, Buffer.from([0x0a, 0x05, 0x0a, 0x03, 0x41, 0x64, 0x61]));
  await page.getByLabel("File to inspect").setInputFiles({ name: "large.bin", mimeType: "application/octet-stream", buffer });
  await expect(page.getByRole("treegrid", { name: "Wire tree" }).getByRole("row", { name: /people\[0\]/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "The message" })).toContainText("1,400,000 records, 0 findings");
  await expectAccessible(page);
});

test("is reached, filled and read by the keyboard alone", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("navigation", { name: "Areas" })).toBeVisible();
  await page.keyboard.press("Control+k");
  // The palette is loaded when it is first wanted: keys before that go nowhere, and its first option is a method.
  await expect(page.getByRole("combobox", { name: "Find" })).toBeFocused();
  await page.keyboard.type(">inspect");
  await expect(page.getByRole("option", { selected: true, name: /Inspect bytes/ })).toBeVisible();
  await page.keyboard.press("Enter");
  const source = page.getByRole("textbox", { name: "Bytes to inspect" });
  await expect(source).toBeVisible();
  await tabTo(page, source);
  await page.keyboard.insertText("0a 03 41 64 61 10 07");
  const grid = page.getByRole("grid", { name: "Bytes" });
  await expect(grid).toBeVisible();
  await tabTo(page, grid);
  await page.keyboard.press("ArrowRight");
  await expect(page.getByText("bytes 0x00–0x04 · 5 B")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("treegrid")).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByText("bytes 0x05–0x06 · 2 B")).toBeVisible();
  await expectAccessible(page);
});

test("sets the readings of protobuf-es and of the gateway's protoc beside ours", async ({ page }) => {
  await page.goto("/bytes");
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("0a 03 41 64 61 10 07");
  const type = page.getByRole("combobox", { name: "Message type" });
  await type.fill("pb.Pers");
  await page.getByRole("option", { name: "pb.Person", exact: false }).first().click();
  await page.getByRole("radio", { name: "Other readers" }).click();
  await expect(page).toHaveURL(/show=readers/);
  const panel = page.getByRole("region", { name: "Other readers" });
  await expect(panel.getByRole("row", { name: "protoc accepts, 2 values" })).toBeVisible();
  await expect(panel).toContainText("The same values in 2 places.");
  await panel.getByRole("radio", { name: "All values" }).click();
  await expect(panel.getByRole("row", { name: 'name "Ada" "Ada" "Ada"' })).toBeVisible();
  await expectAccessible(page);
  // A phone number that goes on behind the end of its phone: protobuf-es alone accepts it.
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("10 07 22 02 0a 05 68 65 6c 6c 6f");
  await expect(panel.getByRole("row", { name: /^protoc refuses: Failed to parse input\./ })).toBeVisible();
  await expect(panel.getByRole("row", { name: /^protobuf-es accepts, 2 values differs from rpcdeck/ })).toBeVisible();
});
