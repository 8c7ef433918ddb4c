import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test, type Page as BrowserPage } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Page } from "./inspect-bytes.story.tsx";

const story = "features/inspector/inspect-bytes/Page";

const choice = (page: BrowserPage, label: string) => page.getByRole("button", { name: new RegExp(`${label}$`) });
const choose = async (page: BrowserPage, label: string, option: string) => {
  await choice(page, label).click();
  await page.getByRole("option", { name: option }).click();
};

test("opens the worked example and shows what each step of the program did", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1392, height: 800 });
  await mount<typeof Page>(story);
  await page.getByRole("button", { name: /The Person program/ }).click();
  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  await expect(tree.getByRole("row", { name: /phones\[1\]/ })).toBeVisible();
  await page.getByRole("button", { name: "Show the text" }).click();
  await expect(page.getByRole("textbox", { name: "Message as Text format" })).toHaveValue(/number: "190019393"\n {2}type: HOME/);
  await page.getByRole("radio", { name: "JSON" }).click();
  await expect(page.getByRole("textbox", { name: "Message as JSON" })).toHaveValue(/"name": "lijiahao"/);
  await page.getByRole("radio", { name: "Sizes" }).click();
  await page
    .getByRole("row", { name: /^email/ })
    .getByRole("button")
    .click();
  await expect(page.getByText("bytes 0x0c–0x21 · 22 B")).toBeVisible();
});

for (const [name, text, format] of [
  ["hex", "0a 02 68 69", "hex"],
  ["base64", "CgRhYWFh", "base64"],
  ["octal escapes", String.raw`\012\002hi`, "C or octal escapes"],
  ["Protoscope", '1: {"hi"}', "Protoscope"],
] as const) {
  test(`recognises ${name}`, async ({ mount, page }) => {
    await mount<typeof Page>(story, { text });
    await expect(choice(page, "Read the text as")).toContainText(format);
    await expect(page.getByRole("treegrid").getByRole("row", { name: /#1/ })).toBeVisible();
  });
}

test("reads the text format of a type, and the text itself when asked to", async ({ mount, page }) => {
  await mount<typeof Page>(story, { text: 'name: "Ada"\nid: 7', typeName: "pb.Person" });
  await expect(choice(page, "Read the text as")).toContainText("text format");
  await expect(page.getByRole("grid", { name: "Bytes" }).getByRole("gridcell")).toHaveText(["0a", "03", "41", "64", "61", "10", "07"]);
  await choose(page, "Read the text as", "the text itself");
  await expect(page.getByRole("grid", { name: "Bytes" }).getByRole("gridcell").first()).toHaveText("6e");
});

test("reads the message of a Connect GET, compressed or JSON, and takes its URL for text when told so", async ({ mount, page }) => {
  await mount<typeof Page>(story);
  const box = page.getByRole("textbox", { name: "Bytes to inspect" });
  const packed = gzipSync(Buffer.from([0x0a, 2, 0x68, 0x69])).toString("base64url");
  await box.fill(`https://h.test/pb.Greeter/SayHello?connect=v1&encoding=proto&compression=gzip&base64=1&message=${packed}`);
  await expect(page.getByRole("treegrid", { name: "Wire tree" }).getByRole("row", { name: /#1/ })).toContainText('"hi"');
  await expect(choice(page, "Read the text as")).toContainText("Connect GET");
  await expect(choice(page, "Compression")).toContainText("gzip");
  await expectAccessible(page);
  await box.fill("/pb.Greeter/SayHello?encoding=json&message=%7B%22name%22%3A%22Ada%22%7D");
  await expect(page.getByRole("textbox", { name: "JSON" })).toHaveValue('{"name":"Ada"}');
  await choose(page, "Read the text as", "the text itself");
  await expect(page.getByRole("textbox", { name: "JSON" })).toHaveCount(0);
  await expect(page.getByText(/^body 71 B/)).toBeVisible();
});

test("reads a pasted Connect error with its details, as the status that gRPC sends", async ({ mount, page }) => {
  await mount<typeof Page>(story);
  const box = page.getByRole("textbox", { name: "Bytes to inspect" });
  await box.fill('{"code":"not_found","message":"no Ada","details":[{"type":"google.rpc.ErrorInfo","value":"CgFS"}]}');
  await expect(choice(page, "Read the text as")).toContainText("Connect error");
  await expect(page.getByRole("combobox", { name: "Message type" })).toHaveValue("google.rpc.Status");
  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  await expect(tree.getByRole("row").filter({ hasText: '"no Ada"' })).toHaveCount(1);
  await expect(tree.getByRole("row").filter({ hasText: '"type.googleapis.com/google.rpc.ErrorInfo"' })).toHaveCount(1);
  await expectAccessible(page);
  await choose(page, "Read the text as", "the text itself");
  await expect(page.getByRole("combobox", { name: "Message type" })).toHaveValue("");
});

test("shows the frames it recognises, and takes them for message bytes when told so", async ({ mount, page }) => {
  await mount<typeof Page>(story, { example: "grpc" });
  await expect(choice(page, "Framing")).toContainText("gRPC");
  await expect(page.getByText("frame 1 of 2")).toBeVisible();
  await expect(page.getByRole("treegrid")).toContainText("alice");
  await page.getByRole("button", { name: "Next frame" }).click();
  await expect(page.getByRole("treegrid")).toContainText("bob");
  await choose(page, "Framing", "not framed");
  await expect(page.getByRole("button", { name: "Next frame" })).toHaveCount(0);
  await expect(page.getByText("Not all of it is a protobuf message")).toBeVisible();
});

test("counts offsets in words from the grid's zero, behind the prefix of a frame too", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1392, height: 800 });
  await mount<typeof Page>(story, { text: "00 00 00 00 06 0a 01 61 0a 01 62", typeName: "pb.Person" });
  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  await expect(tree).toContainText("overwritten by 0x08: the last one wins");
  const goTo = page.getByRole("textbox", { name: "Go to offset" });
  await goTo.fill("0x08");
  await goTo.press("Enter");
  await expect(tree.getByRole("row", { selected: true })).toContainText('"b"');
  await expect(page.getByText("bytes 0x08–0x0a · 3 B")).toBeVisible();
  await page.getByRole("radio", { name: "Other readers" }).click();
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("00 00 00 00 04 0a 02 61 ff");
  // The findings, the readings and the other readers name the byte by the offset that the grid has for it.
  await expect(page.getByRole("grid", { name: "Bytes" }).locator('[data-at="8"][role="gridcell"]')).toHaveText("ff");
  await expect(page.getByRole("region", { name: "The message" })).toContainText("name at 0x08: expected UTF-8");
  await expect(page.getByRole("table", { name: "Verdicts" }).getByRole("row", { name: /^rpcdeck refuses/ })).toContainText("at 0x08");
});

test("says once that a type does not fit, and keeps the raw reading", async ({ mount, page }) => {
  await mount<typeof Page>(story, { text: "08 01 10 02" });
  const type = page.getByRole("combobox", { name: "Message type" });
  await type.fill("PhoneNumb");
  await page.getByRole("option", { name: "pb.Person.PhoneNumber" }).click();
  await expect(page.getByText("pb.Person.PhoneNumber does not fit these bytes")).toHaveCount(1);
  await expect(page.getByRole("treegrid").getByRole("row")).toHaveCount(3);
  await page.getByRole("button", { name: "Read without a type" }).click();
  await expect(type).toHaveValue("");
  await expect(page.getByText("does not fit")).toHaveCount(0);
});

test("takes a dropped file, and refuses one over 2 GiB with the limit", async ({ mount, page }) => {
  await mount<typeof Page>(story);
  const drop = (size: number | undefined) =>
    page.getByRole("region", { name: "Inspect bytes" }).evaluate((element, fake) => {
      const file = new File([Uint8Array.from([0x0a, 2, 0x68, 0x69])], "a.bin");
      if (fake !== undefined) Object.defineProperty(file, "size", { value: fake });
      const transfer = new DataTransfer();
      transfer.items.add(file);
      const event = new DragEvent("drop", { bubbles: true, cancelable: true });
      // A made DataTransfer hands out copies of its files; the one with the fake size has to be this very object.
      Object.defineProperty(event, "dataTransfer", { value: { files: [file] } });
      element.dispatchEvent(event);
    }, size);
  await drop(2 ** 31 + 2 ** 29);
  await expect(page.getByText("a.bin has 2.50 GiB; files up to 2 GiB are opened.")).toBeVisible();
  await drop(undefined);
  await expect(page.getByRole("treegrid")).toContainText('"hi"');
  await expect(page.getByText("files up to 2 GiB")).toHaveCount(0);
});

const oneRecord = [0x0a, 0x05, 0x0a, 0x03, 0x41, 0x64, 0x61];
const large = (people: number, tail: readonly number[] = []) => ({
  name: "large.bin",
  mimeType: "application/octet-stream",
  buffer: Buffer.concat([Buffer.alloc(people * oneRecord.length, Buffer.from(oneRecord)), Buffer.from(tail)]),
});

test("reads a large file in a worker: tree, verdict with its place, and sizes", async ({ mount, page }) => {
  await mount<typeof Page>(story, { typeName: "pb.AddressBook" });
  await page.getByLabel("File to inspect").setInputFiles(large(800_000, [0x0a, 0x05, 0x0a, 0x03, 0x41, 0xff, 0x61]));
  const tree = page.getByRole("treegrid", { name: "Wire tree" });
  await expect(tree).toHaveAttribute("aria-rowcount", "800002");
  const message = page.getByRole("region", { name: "The message" });
  await expect(message).toContainText("1,600,002 records, 1 finding");
  await expect(message).toContainText("people[800000].name at 0x557305: expected UTF-8, which readers of this field check, found 0xff");
  await expect(page.getByText("Not all of it").or(page.getByText("pb.AddressBook does not fit these bytes"))).toHaveCount(1);
  await tree.focus();
  await page.keyboard.press("F8");
  await expect(tree.getByRole("row", { selected: true })).toContainText("41 ff 61");
  await expect(tree.getByRole("row", { selected: true }).getByRole("img", { name: "1 error" })).toBeVisible();
  await tree.press("ArrowLeft");
  await tree.press("ArrowLeft");
  await expect(tree.getByRole("row", { selected: true }).getByRole("img", { name: "1 error" })).toHaveText("1");
  await tree.press("End");
  await expect(page.getByText("bytes 0x557300–0x557306 · 7 B")).toBeVisible();
  await page.getByRole("radio", { name: "Sizes" }).click();
  await expect(page.getByRole("row", { name: /^people\.name/ })).toContainText("800,001");
});

test("cancels the check of a large file, and takes it up again", async ({ mount, page }) => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  // Without a hold on it the worker would be a race against the button: its file has a name of its own in the built gallery.
  const asked = page.waitForRequest(/\/message\.worker-[\w-]+\.js$/);
  await page.route(/\/message\.worker-[\w-]+\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await mount<typeof Page>(story);
  await page.getByLabel("File to inspect").setInputFiles(large(800_000));
  // The bytes are there before anything is known of them.
  await expect(page.getByRole("grid", { name: "Bytes" }).getByRole("gridcell").first()).toHaveText("0a");
  await expect(page.getByRole("progressbar", { name: "Indexing" })).toBeVisible();
  await asked;
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Not checked: cancelled")).toBeVisible();
  await expect(page.getByText("Not indexed")).toBeVisible();
  letGo();
  await page.getByRole("button", { name: "Check", exact: true }).click();
  await expect(page.getByRole("treegrid")).toHaveAttribute("aria-rowcount", "800001");
  await expect(page.getByRole("region", { name: "The message" })).toContainText("800,000 records, 0 findings");
  await expect(page.getByRole("button", { name: "Cancel" })).toHaveCount(0);
});

test("takes down what was said of other bytes while a large file is read, and lets newer bytes win over it", async ({ mount, page }) => {
  await mount<typeof Page>(story, { text: "08 01" });
  const goTo = page.getByRole("textbox", { name: "Go to offset" });
  await goTo.fill("fff");
  await goTo.press("Enter");
  await expect(page.getByText("No offset 0xfff: the last is 0x01")).toBeVisible();
  const grid = page.getByRole("grid", { name: "Bytes" });
  const drop = (name: string, size: number) =>
    page.getByRole("region", { name: "Inspect bytes" }).evaluate(
      (element, fake) => {
        const file = new File([Uint8Array.of(0x10, 5)], fake.name);
        Object.defineProperty(file, "size", { value: fake.size });
        const bytes = File.prototype.arrayBuffer.call(file);
        const held = new Promise<void>((resolve) => {
          addEventListener(`read ${fake.name}`, () => {
            resolve();
          });
        });
        Object.defineProperty(file, "arrayBuffer", { value: () => held.then(() => bytes) });
        const event = new DragEvent("drop", { bubbles: true, cancelable: true });
        Object.defineProperty(event, "dataTransfer", { value: { files: [file] } });
        element.dispatchEvent(event);
      },
      { name, size },
    );
  const finish = (name: string) => page.evaluate((done) => dispatchEvent(new Event(`read ${done}`)), name);
  await drop("huge.bin", 2 ** 31 + 1);
  await expect(page.getByText("Not opened")).toBeVisible();
  await drop("slow.bin", 2 ** 30);
  await expect(page.getByText("Reading slow.bin")).toBeVisible();
  await expect(page.getByText("Not opened")).toHaveCount(0);
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("08 02");
  await expect(page.getByText("Reading slow.bin")).toHaveCount(0);
  await expect(page.getByText("No offset 0xfff", { exact: false })).toHaveCount(0);
  await finish("slow.bin");
  await drop("later.bin", 2 ** 30);
  await expect(page.getByText("Reading later.bin")).toBeVisible();
  await expect(grid.getByRole("gridcell")).toHaveText(["08", "02"]);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Reading later.bin")).toHaveCount(0);
  await drop("last.bin", 2 ** 30);
  await finish("later.bin");
  await finish("last.bin");
  await expect(page.getByText("last.bin", { exact: true })).toBeVisible();
  await expect(page.getByText("Reading", { exact: false })).toHaveCount(0);
  await expect(grid.getByRole("gridcell")).toHaveText(["10", "05"]);
});

test("shows bytes, verdict and sizes of a file with too many fields for a tree", async ({ mount, page }) => {
  await mount<typeof Page>(story);
  // A file on disk: bytes from here would go to the browser as text.
  const file = test.info().outputPath("tiny.bin");
  writeFileSync(file, Buffer.alloc(2 * (16 * 1024 * 1024 + 1), Buffer.from([0x08, 0x01])));
  await page.getByLabel("File to inspect").setInputFiles(file);
  await expect(page.getByText("16,777,217 fields at the top level; the tree holds up to 16,777,216.")).toBeVisible();
  await expect(page.getByRole("region", { name: "The message" })).toContainText("16,777,217 records, 0 findings");
  await page.getByRole("radio", { name: "Sizes" }).click();
  await expect(page.getByRole("row", { name: /^#1/ })).toContainText("16,777,217");
});

test("shows the first bytes of a decompression bomb with its ratio", async ({ mount, page }) => {
  await mount<typeof Page>(story);
  const buffer = gzipSync(Buffer.alloc(257 * 1024 * 1024), { level: 1 });
  await page.getByLabel("File to inspect").setInputFiles({ name: "bomb.gz", mimeType: "application/gzip", buffer });
  await expect(page.getByText(/^More than 256 MiB come out of these [\d,]+ B of gzip, over \d{3} times as much\./)).toBeVisible();
  await expect(page.getByRole("grid", { name: "Bytes" })).toHaveAttribute("aria-rowcount", String(1024 * 1024 + 1));
});

test("shares what is small enough, and says the limit for what is not", async ({ mount, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await mount<typeof Page>(story, { example: "person" });
  await page.getByRole("button", { name: "Share" }).click();
  await expect(page.getByText(/Link copied\. It holds the 81 B/)).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    /^http:\/\/127\.0\.0\.1\/bytes#bytes=CghsaW[\w-]+&type=pb\.Person&framing=none$/,
  );
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("0a".repeat(70_000));
  await expect(page.getByRole("button", { name: "Share" })).toBeDisabled();
  await expect(page.getByTitle(/70\.0 kB are too many for a link: it holds up to 64 KiB/)).toBeVisible();
});

test("lists what is not canonical, and goes to each place", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1392, height: 800 });
  await mount<typeof Page>(story, { text: "10 00 8a 00 01 61 0a 01 62", typeName: "pb.Person", panel: "canonical" });
  const panel = page.getByRole("region", { name: "Canonical" });
  await expect(panel).toContainText("2 differences to the canonical bytes They say the same in 3 B, 6 fewer.");
  await expect(panel.getByRole("row", { name: /^id the default of a field without presence is not sent 10 00 –/ })).toBeVisible();
  await panel
    .getByRole("row", { name: /^name a later value of the same field wins/ })
    .getByRole("button")
    .click();
  await expect(page.getByText("bytes 0x02–0x05 · 4 B")).toBeVisible();
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("0a 01 62");
  await expect(panel).toContainText(
    "Canonical An encoder that sorts fields and writes everything as short as it can writes these very bytes.",
  );
  await page.getByRole("textbox", { name: "Bytes to inspect" }).fill("0a 05 62");
  await expect(page.getByText("No canonical form")).toBeVisible();
  await expect(page.getByText(/cannot be encoded again: at 0x01: expected/)).toBeVisible();
});

test("warns when protobuf-es reads the bytes otherwise, and sets the readers side by side", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1392, height: 800 });
  // A phone of 2 bytes whose number goes on for 5 behind its end: protoc refuses it, as we do.
  await mount<typeof Page>(story, { text: "10 07 22 02 0a 05 68 65 6c 6c 6f", typeName: "pb.Person" });
  await expect(page.getByText("protobuf-es reads these bytes otherwise")).toBeVisible();
  await page.getByRole("button", { name: "Compare readers" }).click();
  const verdicts = page.getByRole("table", { name: "Verdicts" });
  await expect(verdicts.getByRole("row", { name: /^rpcdeck refuses: at 0x05/ })).toBeVisible();
  await expect(
    verdicts.getByRole("row", { name: /^protobuf-es accepts, 2 values differs from rpcdeck: protobuf-es does not hold/ }),
  ).toBeVisible();
  await expect(verdicts.getByRole("row", { name: "protoc not asked: the gateway cannot be reached" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Other readers" })).toContainText(
    "No values to compare Fewer than two readers accept the bytes.",
  );
});

test("names the values that readers do not agree on, and shows all of them when asked", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1392, height: 800 });
  await mount<typeof Page>(story, {
    text: "0a 03 41 64 61 10 07",
    typeName: "pb.Person",
    panel: "readers",
    protocText: 'name: "Ada"\nid: 8\n',
  });
  const panel = page.getByRole("region", { name: "Other readers" });
  await expect(panel).toContainText("1 value differs of 2.");
  const values = panel.getByRole("table", { name: "Values" });
  await expect(values.getByRole("row", { name: "id 7 7 8" })).toBeVisible();
  await expect(values.getByRole("row", { name: /^name/ })).toHaveCount(0);
  await panel.getByRole("radio", { name: "All values" }).click();
  await values.getByRole("row", { name: 'name "Ada" "Ada" "Ada"' }).getByRole("button").click();
  await expect(page.getByText("bytes 0x00–0x04 · 5 B")).toBeVisible();
});

for (const [panel, text] of [
  ["canonical", "10 00 8a 00 01 61 0a 01 62"],
  ["readers", "10 07 22 02 0a 05 68 65 6c 6c 6f"],
] as const) {
  test(`has no axe violations with the panel ${panel}`, async ({ mount, page }) => {
    await mount<typeof Page>(story, { text, typeName: "pb.Person", panel });
    await expect(page.getByRole("region", { name: panel === "canonical" ? "Canonical" : "Other readers" })).toBeVisible();
    await expectAccessible(page);
  });
}

for (const example of [undefined, "person", "grpc", "broken"]) {
  test(`has no axe violations with ${example ?? "nothing"}`, async ({ mount, page }) => {
    await mount<typeof Page>(story, example === undefined ? {} : { example });
    await expectAccessible(page);
  });
}
