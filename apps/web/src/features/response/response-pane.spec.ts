import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { State } from "./response-pane.story.tsx";

const story = "features/response/response-pane/State";

test("shows outcome, time, size, instance and the answer with its types, and selects a field", async ({ mount, page }) => {
  const chosen: string[] = [];
  const component = await mount<typeof State>(story, { state: "ok", onSelect: (path) => void chosen.push(path) });
  await expect(component.getByRole("status").first()).toHaveText("OK");
  await expect(component.getByText("3.2 ms")).toBeVisible();
  await expect(component.getByText("addressbook-2 (127.0.0.1:50052)")).toBeVisible();
  const line = component.getByRole("treeitem").filter({ hasText: '"190019393"' });
  await expect(line).toContainText("#1 string");
  await line.click();
  await expect(line).toHaveAttribute("aria-selected", "true");
  await expect.poll(() => chosen).toEqual(["person.phones[1].number"]);
  await expectAccessible(page);
});

test("folds by keyboard and keeps the line numbers of what is folded", async ({ mount, page }) => {
  const component = await mount<typeof State>(story, { state: "ok" });
  await component.getByRole("tree").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  await expect(component.getByRole("treeitem")).toHaveCount(5);
  await expect(component.getByRole("treeitem").nth(1)).toContainText("3 fields");
  await expect(component.getByRole("treeitem").nth(2)).toContainText("14");
  await page.keyboard.press("ArrowRight");
  await expect(component.getByRole("treeitem")).toHaveCount(16);
});

test("finds text in the answer and unfolds what hides it", async ({ mount, page }) => {
  const component = await mount<typeof State>(story, { state: "ok" });
  await component.getByRole("tree").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Control+f");
  await page.keyboard.type("number");
  await expect(component.getByText("1 of 2")).toBeVisible();
  await expect(component.getByRole("treeitem").filter({ hasText: '"15136588270"' })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(component.getByText("2 of 2")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(component.getByRole("searchbox")).toHaveCount(0);
});

test("shows why a call failed and leads to the field that is blamed", async ({ mount, page }) => {
  const fields: string[] = [];
  const component = await mount<typeof State>(story, { state: "refused", onGoToField: (path) => void fields.push(path) });
  const error = component.getByRole("region", { name: "Call error" });
  await expect(error).toContainText("invalid_argument");
  await expect(error).toContainText("google.rpc.BadRequest");
  await error.getByRole("button", { name: "Go to field" }).click();
  await expect.poll(() => fields).toEqual(["phones[1].number"]);
  await expectAccessible(page);
});

for (const [state, words] of [
  ["unsent", "No response yet"],
  ["empty", "Empty message, 0 B"],
  ["cancelled", "Cancelled before the answer"],
] as const) {
  test(`says what there is: ${state}`, async ({ mount, page }) => {
    const component = await mount<typeof State>(story, { state });
    await expect(component.getByText(words)).toBeVisible();
    await expectAccessible(page);
  });
}

test("says how many unknown fields the JSON does not show, and leads to the bytes", async ({ mount, page }) => {
  const component = await mount<typeof State>(story, { state: "unknown" });
  await expect(component.getByText("2 unknown fields are not in the JSON.")).toBeVisible();
  await expectAccessible(page);
  await component.getByRole("button", { name: "Show bytes" }).click();
  await expect(component.getByRole("grid", { name: "Response bytes" })).toBeVisible();
});

test("shows an Any whose type nobody knows as its bytes", async ({ mount }) => {
  const component = await mount<typeof State>(story, { state: "any" });
  await expect(component.getByRole("treeitem").filter({ hasText: '"@type"' })).toContainText('"x/no.Such"');
  await expect(component.getByRole("treeitem").filter({ hasText: '"@bytes"' })).toContainText('"CgFh"');
  await expect(component.getByText("x/no.Such is not in the schema, shown as @bytes.")).toBeVisible();
});

test("shows bytes, headers and trailers", async ({ mount, page }) => {
  const component = await mount<typeof State>(story, { state: "ok" });
  await component.getByRole("tab", { name: "Bytes" }).click();
  await expect(component.getByRole("grid", { name: "Response bytes" })).toBeVisible();
  await component.getByRole("tab", { name: "Headers & trailers" }).click();
  await expect(component.getByText("x-cost")).toBeVisible();
  await expectAccessible(page);
});

test("shows what -bin values stand for, each of those that were joined, and why one is none", async ({ mount, page }) => {
  const component = await mount<typeof State>(story, { state: "binary" });
  await component.getByRole("tab", { name: "Headers & trailers" }).click();
  await expect(component.getByRole("list", { name: "Bytes of trace-bin" }).getByRole("listitem")).toHaveText(["4 B00 01 02 ff"]);
  await expect(component.getByRole("list", { name: "Bytes of note-bin" }).getByRole("listitem")).toHaveText([
    "5 B68 65 6c 6c 6f“hello”",
    "5 B67 72 c3 bc 6e“grün”",
    "0 B",
    "Not base64: “!” at character 2 is not of its alphabet",
  ]);
  await expect(component.getByRole("list", { name: "Bytes of blob-bin" })).toContainText("300 B07 07");
  await expect(component.getByRole("list", { name: "Bytes of blob-bin" })).toContainText("and 236 B more");
  await expect(component.getByRole("list", { name: "Bytes of x-cost" })).toHaveCount(0);
  await expectAccessible(page);
});

test("opens the bytes of an error detail with its type", async ({ mount }) => {
  const opened: string[][] = [];
  const onInspect = (hex: string, typeName: string) => void opened.push([hex, typeName]);
  const component = await mount<typeof State>(story, { state: "refused", onInspect });
  await component.getByRole("button", { name: "Inspect the bytes of google.rpc.BadRequest" }).click();
  await expect.poll(() => opened).toEqual([[expect.stringMatching(/^0a320a1070686f6e6573/), "google.rpc.BadRequest"]]);
});

test("opens the bytes of each -bin value, with the type that the protocol gives it", async ({ mount, page }) => {
  const opened: string[][] = [];
  const onInspect = (hex: string, typeName: string) => void opened.push([hex, typeName]);
  const component = await mount<typeof State>(story, { state: "binary", onInspect });
  await component.getByRole("tab", { name: "Headers & trailers" }).click();
  await expect(component.getByRole("button", { name: /^Inspect the bytes of note-bin/ })).toHaveCount(2);
  await component.getByRole("button", { name: "Inspect the bytes of trace-bin" }).focus();
  await page.keyboard.press("Enter");
  await component.getByRole("button", { name: "Inspect the bytes of note-bin, value 2" }).click();
  await component.getByRole("button", { name: "Inspect the bytes of grpc-status-details-bin" }).click();
  await expect
    .poll(() => opened)
    .toEqual([
      ["000102ff", ""],
      ["6772c3bc6e", ""],
      ["0805", "google.rpc.Status"],
    ]);
});

test("offers the names that were probably meant, and calls the one that is pressed", async ({ mount, page }) => {
  const near: unknown[] = [];
  const onNear = (name: unknown) => void near.push(name);
  const service = await mount<typeof State>(story, { state: "unknownService", onNear });
  await expect(service.getByRole("list", { name: "Nearest names" }).getByRole("button")).toHaveText([
    "Call pb.Greeter",
    "Call pb.GreeterAdmin",
  ]);
  await expectAccessible(page);
  await service.getByRole("button", { name: "Call pb.GreeterAdmin" }).click();
  const method = await mount<typeof State>(story, { state: "unknownMethod", onNear });
  await method.getByRole("button", { name: "Call SayHello" }).click();
  await expect
    .poll(() => near)
    .toEqual([
      { kind: "service", name: "pb.GreeterAdmin" },
      { kind: "method", name: "SayHello" },
    ]);
});
