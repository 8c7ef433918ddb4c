import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Booking, Faulty, Person, Selected } from "./json-editor.story.tsx";

const story = "features/json-editor/json-editor";

test("turns text into bytes as it is typed, keeps unknown fields, and keeps text that is no message", async ({ mount, page }) => {
  let hex = "?";
  let text: string | null = "?";
  let problems: readonly string[] = [];
  // name "a", unknown field 99.
  const editor = await mount<typeof Person>(`${story}/Person`, {
    hex: "0a01619a0601ff",
    onHex: (next) => (hex = next),
    onText: (next) => (text = next),
    onProblems: (next) => (problems = next),
  });
  const content = editor.getByRole("textbox", { name: "JSON of pb.Person" });
  await expect(content).toContainText('"name": "a"');
  await content.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText('{"name": "b", "id": 7}');
  await expect.poll(() => hex).toBe("0a016210079a0601ff");
  await expect.poll(() => text).toBe('{"name": "b", "id": 7}');
  await editor.getByRole("button", { name: "Format" }).click();
  await expect.poll(() => text).toBe(null);
  await page.keyboard.press("Control+a");
  await content.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText('{"name": 1');
  await expect.poll(() => problems).toEqual(["1:1 object is not closed by }", "1:10 string is text, this is a number"]);
  await expect.poll(() => hex).toBe("0a016210079a0601ff");
  await expect.poll(() => text).toBe('{"name": 1');
});

test("marks broken rules where they stand, and tells the rules of a field", async ({ mount, page }) => {
  const editor = await mount<typeof Booking>(`${story}/Booking`);
  const content = editor.getByRole("textbox");
  await expect(editor.locator(".cm-lintRange-warning").getByText('"k7"')).toBeVisible();
  await expect(editor.locator(".cm-lintRange-warning").getByText('"A"')).toBeVisible();
  await expect(editor.getByRole("button", { name: /^Rule broken: / })).toBeVisible();
  await content.getByText('"code"').hover();
  await expect(page.locator(".cm-docs")).toContainText("Rules: matches ^[A-Z0-9]{6}$");
  await content.getByText('"k7"').click();
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Backspace");
  await page.keyboard.insertText("K7Q2AB");
  await expect(editor.locator(".cm-lintRange-warning").getByText('"K7Q2AB"')).toHaveCount(0);
});

test("offers names and enum values from the schema", async ({ mount, page }) => {
  let hex = "";
  const editor = await mount<typeof Person>(`${story}/Person`, { type: "KitchenSink", onHex: (next) => (hex = next) });
  const content = editor.getByRole("textbox");
  await content.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("{");
  await page.keyboard.type('"flavo');
  await page
    .getByRole("option", { name: /^flavour/ })
    .first()
    .click();
  await expect(content).toContainText('"flavour": ');
  await page.keyboard.press("Control+Space");
  await page.getByRole("option", { name: /FLAVOUR_SWEET/ }).click();
  await expect.poll(() => hex).toBe("800105");
});

test("leads to the first mistake", async ({ mount, page }) => {
  const editor = await mount<typeof Faulty>(`${story}/Faulty`);
  await expect(editor.getByRole("textbox")).toBeVisible();
  await editor.getByRole("button", { name: "Line 3, column 9: “x” is no whole number, as int32 needs" }).click();
  await expect(editor.getByRole("textbox")).toBeFocused();
  await page.keyboard.press("Delete");
  await page.keyboard.press("Delete");
  await page.keyboard.press("Delete");
  await page.keyboard.type("5");
  await expect(editor.getByRole("button", { name: "Line 4, column 3: Person has no field “phone”; did you mean phones" })).toBeVisible();
});

test("washes the selected field", async ({ mount }) => {
  const selected = await mount<typeof Selected>(`${story}/Selected`);
  await expect(selected.locator(".cm-selectedField")).toHaveText('"type": "HOME"');
});

test("tells where the cursor is", async ({ mount, page }) => {
  const paths: string[] = [];
  const editor = await mount<typeof Person>(`${story}/Person`, {
    hex: "0a0361646122040a023432",
    onSelectPath: (path) => void paths.push(path),
  });
  await expect(editor.getByRole("textbox")).toBeVisible();
  await editor.getByText('"42"').click();
  await expect.poll(() => paths.at(-1)).toBe("phones[0].number");
  await page.keyboard.press("Control+Home");
  await expect.poll(() => paths.at(-1)).toBe("");
});

test("says what a field is when it is pointed at", async ({ mount, page }) => {
  const editor = await mount<typeof Person>(`${story}/Person`, { hex: "0a0361646122040a023432" });
  const content = editor.getByRole("textbox");
  await content.getByText('"name"').hover();
  await expect(page.locator(".cm-docs")).toContainText("string");
  await content.getByText('"number"').hover();
  await expect(page.locator(".cm-docs")).toContainText("number");
});

test("shows an Any whose type nobody knows as its bytes, lets it be edited, and says so", async ({ mount, page }) => {
  let hex = "?";
  // any of type x/no.Such with the bytes 0a 01 61, and field 99.
  const any = "c20210" + "0a09" + Buffer.from("x/no.Such").toString("hex") + "1203" + "0a0161" + "b83801";
  const editor = await mount<typeof Person>(`${story}/Person`, { type: "KitchenSink", hex: any, onHex: (next) => (hex = next) });
  const content = editor.getByRole("textbox");
  await expect(content).toContainText('"@type": "x/no.Such"');
  await expect(content).toContainText('"@bytes": "CgFh"');
  const hidden = editor.getByRole("button", {
    name: "1 unknown field is not in the JSON; x/no.Such is not in the schema, shown as @bytes",
  });
  await expect(hidden).toBeVisible();
  await content.getByText('"CgFh"').dblclick();
  await page.keyboard.insertText("CgFi");
  await expect.poll(() => hex).toBe(any.replace("0a0161", "0a0162"));
});

test("says that the selection is not followed in a very long text", async ({ mount }) => {
  // 250,000 characters of name.
  const length = 250_000;
  const size = [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const editor = await mount<typeof Person>(`${story}/Person`, { hex: `0a${size}${"61".repeat(length)}`, selectedPath: "name" });
  await expect(editor.getByText("selection not followed")).toBeVisible();
  await expect(editor.locator(".cm-selectedField")).toHaveCount(0);
});

test("has no accessibility violations", async ({ mount, page }) => {
  const editor = await mount(`${story}/Faulty`);
  await expect(editor.getByRole("textbox")).toBeVisible();
  await expectAccessible(page);
});
