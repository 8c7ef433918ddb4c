import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Pane } from "./request-pane.story.tsx";

const story = "features/request/request-pane/Pane";

test("adds, switches off and removes metadata, and marks names that cannot be sent", async ({ mount, page }) => {
  let metadata = "";
  const component = await mount<typeof Pane>(story, { view: "metadata", onDraft: (draft) => void (metadata = draft.metadata) });
  await component.getByRole("textbox", { name: "Name 1" }).fill("x-trace");
  await component.getByRole("textbox", { name: "Value 1" }).fill("abc");
  await component.getByRole("textbox", { name: "Name 2" }).fill("grpc-timeout");
  await expect(component.getByText("grpc-* belongs to the protocol")).toBeVisible();
  await expect(component.getByRole("tab", { name: "Metadata 1" })).toBeVisible();
  await expectAccessible(page);
  await component.getByRole("checkbox", { name: "Send entry 1" }).uncheck();
  await component.getByRole("button", { name: "Remove entry 2" }).click();
  await expect.poll(() => metadata).toBe("#x-trace=abc");
});

test("shows what a -bin value stands for, or why it is none", async ({ mount, page }) => {
  const component = await mount<typeof Pane>(story, { view: "metadata" });
  await component.getByRole("textbox", { name: "Name 1" }).fill("Trace-Bin");
  await component.getByRole("textbox", { name: "Value 1" }).fill("aGVsbG8=, AP8");
  const bytes = component.getByRole("list", { name: "Bytes of value 1" });
  await expect(bytes.getByRole("listitem")).toHaveText(["5 B68 65 6c 6c 6f“hello”", "2 B00 ff"]);
  await expectAccessible(page);
  await component.getByRole("textbox", { name: "Value 1" }).fill("aGVsbG8=, AP8=A");
  await expect(component.getByText("Value 2 of 2 is not base64: more follows the padding at character 4")).toBeVisible();
  await expect(bytes).toHaveCount(0);
});

test("takes exactly the bytes that are typed, marks what is none, and keeps it over a change of editor", async ({ mount, page }) => {
  let hex = "0807";
  const component = await mount<typeof Pane>(story, { view: "bytes", onDraft: (draft) => void (hex = draft.hex) });
  await component.getByRole("radio", { name: "hex" }).click();
  const bytes = component.getByRole("textbox", { name: "Bytes of the message" });
  await expect(bytes).toHaveValue("08 07");
  await bytes.fill("0a 03 616263 ff");
  await expect.poll(() => hex).toBe("0a03616263ff");
  await expect(bytes).toHaveValue("0a 03 616263 ff");
  await bytes.fill("0a 0z");
  await expect(component.getByText("line 1, column 5", { exact: false })).toBeVisible();
  await expect.poll(() => hex).toBe("0a03616263ff");
  await component.getByRole("tab", { name: "Options" }).click();
  await component.getByRole("tab", { name: "Bytes" }).click();
  await expect(bytes).toHaveValue("0a 0z");
  await expectAccessible(page);
  await component.getByRole("radio", { name: "base64" }).click();
  await expect(bytes).toHaveValue("CgNhYmP/");
});

test("edits bytes digit by digit in the grid, marks what was edited, and says where the message breaks", async ({
  mount,
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  let hex = "0807";
  const component = await mount<typeof Pane>(story, { view: "bytes", onDraft: (draft) => void (hex = draft.hex) });
  const grid = component.getByRole("grid", { name: "Bytes of the message" });
  const cell = (at: number) => grid.locator(`[role="gridcell"][data-at="${at}"]`);
  const isMarked = (at: number) => cell(at).evaluate((element) => getComputedStyle(element, "::after").borderTopWidth === "3px");
  await grid.focus();
  await page.keyboard.press("End");
  await page.keyboard.type("0a03414243");
  await expect.poll(() => hex).toBe("08070a03414243");
  expect(await isMarked(1)).toBe(false);
  expect(await isMarked(6)).toBe(true);
  // Over the length of the text: the second digit stays until it is typed.
  await cell(3).click();
  await page.keyboard.type("0");
  await expect.poll(() => hex).toBe("08070a03414243");
  await page.keyboard.type("9");
  await expect.poll(() => hex).toBe("08070a09414243");
  await expect(component.getByText("Breaks at 0x02")).toBeVisible();
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Insert");
  await expect(component.getByRole("radio", { name: "insert" })).toBeChecked();
  await page.keyboard.type("03");
  await expect.poll(() => hex).toBe("08070a03414243");
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Control+x");
  await expect.poll(() => hex).toBe("0a03414243");
  await expect(component.getByText("Breaks at", { exact: false })).toHaveCount(0);
  await page.keyboard.press("Control+End");
  await page.keyboard.press("Control+v");
  await expect.poll(() => hex).toBe("0a034142430807");
  await page.evaluate(() => navigator.clipboard.writeText("no bytes at all!"));
  await page.keyboard.press("Control+v");
  await expect(component.getByText("What was pasted is no hex", { exact: false })).toBeVisible();
  await expect.poll(() => hex).toBe("0a034142430807");
  await expectAccessible(page);
});

test("edits where the caret is drawn, at the field that was chosen elsewhere", async ({ mount, page }) => {
  let hex = "";
  const component = await mount<typeof Pane>(story, {
    view: "bytes",
    message: "0a034164611007",
    selectedPath: "id",
    onDraft: (draft) => void (hex = draft.hex),
  });
  const grid = component.getByRole("grid", { name: "Bytes of the message" });
  const caret = grid.locator('[role="gridcell"][id]');
  await grid.focus();
  await expect(caret).toHaveAttribute("data-at", "5");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(grid.getByRole("gridcell", { selected: true })).toHaveText(["10", "07"]);
  await page.keyboard.press("ArrowRight");
  await expect(caret).toHaveAttribute("data-at", "7");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.type("09");
  await expect.poll(() => hex).toBe("0a034164611009");
  await page.keyboard.press("Control+Home");
  await expect(caret).toHaveAttribute("data-at", "0");
  // Chosen in the form meanwhile: the caret is at its bytes.
  await component.getByRole("tab", { name: /^Form/ }).click();
  await component.getByRole("button", { name: "Choose" }).click();
  await component.getByRole("tab", { name: "Bytes" }).click();
  await grid.focus();
  await expect(caret).toHaveAttribute("data-at", "5");
  await page.keyboard.type("18");
  await expect.poll(() => hex).toBe("0a034164611809");
});

test("goes through the bytes by keyboard alone, marks a range, and takes it out as hex editors do", async ({ mount, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const bytes = Array.from({ length: 400 }, (_, at) => (at % 256).toString(16).padStart(2, "0"));
  let hex = bytes.join("");
  const component = await mount<typeof Pane>(story, { view: "bytes", message: hex, onDraft: (draft) => void (hex = draft.hex) });
  const grid = component.getByRole("grid", { name: "Bytes of the message" });
  const caret = grid.locator('[role="gridcell"][id]');
  const press = async (keys: string, at: number) => {
    await page.keyboard.press(keys);
    await expect(caret, keys).toHaveAttribute("data-at", String(at));
  };
  await grid.focus();
  const perRow = Number(await grid.getAttribute("aria-colcount")) - 1;
  await press("ArrowDown", perRow);
  await press("ArrowRight", perRow + 1);
  await press("End", 2 * perRow - 1);
  await press("Home", perRow);
  await press("ArrowUp", 0);
  await press("Control+End", 400);
  await press("Control+Home", 0);
  await page.keyboard.press("PageDown");
  const paged = Number(await caret.getAttribute("data-at"));
  expect(paged).toBeGreaterThan(perRow);
  await press("PageUp", 0);
  await page.keyboard.press("Shift+PageDown");
  await expect(caret).toHaveAttribute("data-at", String(paged));
  await page.keyboard.press("Control+c");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(bytes.slice(0, paged + 1).join(" "));
  // Escape lets go of the range: what is typed then goes over one byte.
  await page.keyboard.press("Escape");
  await press("Control+Home", 0);
  await page.keyboard.type("ee");
  await expect.poll(() => hex).toBe(["ee", ...bytes.slice(1)].join(""));
  // Half a byte, let go: the next digit is a first one.
  await page.keyboard.type("0");
  await page.keyboard.press("Escape");
  await page.keyboard.type("a");
  await expect.poll(() => hex.slice(0, 6)).toBe("eea102");
  await press("Control+Home", 0);
  await press("Shift+ArrowRight", 1);
  await page.keyboard.press("Shift+Delete");
  await expect.poll(() => hex).toBe(bytes.slice(2).join(""));
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("ee a1");
  // Shift Insert pastes, and switches nothing.
  await page.keyboard.press("Shift+Insert");
  await expect.poll(() => hex).toBe(["ee", "a1", ...bytes.slice(2)].join(""));
  await expect(component.getByRole("radio", { name: "overwrite" })).toBeChecked();
  await press("Control+End", 400);
  await page.keyboard.press("Control+x");
  await page.keyboard.press("Delete");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("ee a1");
  await page.keyboard.press("Backspace");
  await expect.poll(() => hex).toBe(["ee", "a1", ...bytes.slice(2, -1)].join(""));
  await page.keyboard.press("Tab");
  await expect(grid).not.toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(grid).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await expect(grid).not.toBeFocused();
});

test("changes options and refuses a deadline that is no time", async ({ mount, page }) => {
  let deadlineMs: number | null = 0;
  let useGet = false;
  let hedgeMs: number | null = null;
  const component = await mount<typeof Pane>(story, {
    view: "options",
    onDraft: (draft) => {
      deadlineMs = draft.deadlineMs;
      useGet = draft.useGet;
      hedgeMs = draft.hedgeMs;
    },
  });
  await component.getByRole("textbox", { name: "Deadline" }).fill("2 min");
  await expect.poll(() => deadlineMs).toBe(120_000);
  await component.getByRole("textbox", { name: "Deadline" }).fill("soon");
  await expect(component.getByText('"soon" is no time', { exact: false })).toBeVisible();
  await expect.poll(() => deadlineMs).toBe(120_000);
  const hedge = component.getByRole("textbox", { name: "Ask a second instance after" });
  await hedge.fill("200 ms");
  await expect.poll(() => hedgeMs).toBe(200);
  await hedge.fill("2 min");
  await expect(component.getByText('"2 min" is too long: the most is 1 min')).toBeVisible();
  await expect.poll(() => hedgeMs).toBe(200);
  await component.getByRole("checkbox", { name: "Send by HTTP GET" }).check();
  await expect.poll(() => useGet).toBe(true);
  await expectAccessible(page);
});

test("a second instance can be asked for methods without side effects only", async ({ mount, page }) => {
  const component = await mount<typeof Pane>(story, { view: "options", hedgeProblem: "Only for methods marked NO_SIDE_EFFECTS" });
  await expect(component.getByRole("textbox", { name: "Ask a second instance after" })).toBeDisabled();
  await expect(component.getByText("Only for methods marked NO_SIDE_EFFECTS")).toBeVisible();
  await expectAccessible(page);
});
