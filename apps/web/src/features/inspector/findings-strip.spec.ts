import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Faults } from "./findings-strip.story.tsx";

const story = (name: string) => `features/inspector/findings-strip/${name}`;

test.beforeEach(({ page }) => page.setViewportSize({ width: 1440, height: 500 }));

test("says how many findings there are, and opens the list of them", async ({ mount, page }) => {
  await mount<typeof Faults>(story("Faults"));
  const toggle = page.getByRole("button", { name: "2 errors 1 warning 2 notes" });
  await expect(page.getByRole("listbox")).toHaveCount(0);
  await toggle.click();
  const list = page.getByRole("listbox", { name: "All findings" });
  await expect(list.getByRole("option")).toHaveText([
    "error0x03nameexpected UTF-8, which readers of this field check, found 0xff",
    "note0x06idexpected the shortest varint, found a longer spelling of the same value",
    "error0x0dphones[0].numberexpected UTF-8, which readers of this field check, found 0xff",
    "warning0x15#1expected LEN for string name, found VARINT: kept as an unknown field",
    "note0x18sms_optinexpected 0 or 1, found 2, read as true",
  ]);
  await toggle.click();
  await expect(list).toHaveCount(0);
});

test("goes from a finding to its byte and its row", async ({ mount, page }) => {
  await mount<typeof Faults>(story("Faults"));
  await page.getByRole("button", { name: /2 errors/ }).click();
  const list = page.getByRole("listbox");
  const row = page.getByRole("treegrid").getByRole("row", { selected: true });
  await list.getByRole("option", { name: /phones/ }).click();
  await expect(row).toContainText("number");
  await expect(page.getByRole("grid")).toHaveAttribute("aria-activedescendant", /-13$/);
  await expect(list.getByRole("option", { selected: true })).toContainText("0x0d");
});

test("walks through the list by keyboard, to the bytes and back", async ({ mount, page }) => {
  await mount<typeof Faults>(story("Faults"));
  const toggle = page.getByRole("button", { name: /2 errors/ });
  const list = page.getByRole("listbox");
  await toggle.focus();
  await page.keyboard.press("Enter");
  await list.focus();
  await page.keyboard.press("ArrowDown");
  await expect(list.getByRole("option", { selected: true })).toContainText("0x03");
  await page.keyboard.press("End");
  await expect(list.getByRole("option", { selected: true })).toContainText("0x18");
  await expect(page.getByRole("treegrid").getByRole("row", { selected: true })).toContainText("sms_optin");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("grid")).toBeFocused();
  await list.focus();
  await page.keyboard.press("Escape");
  await expect(list).toHaveCount(0);
  await expect(toggle).toBeFocused();
});

test("steps from finding to finding with F8 wherever the focus is", async ({ mount, page }) => {
  await mount<typeof Faults>(story("Faults"), { selected: "id" });
  const strip = page.getByRole("group", { name: "Findings" });
  const row = page.getByRole("treegrid").getByRole("row", { selected: true });
  await expect(row).toContainText("id");
  await page.keyboard.press("F8");
  await expect(strip).toContainText("at 0x06: expected the shortest varint");
  await expect(strip).toContainText("2 of 5");
  await page.getByRole("textbox", { name: "Go to offset" }).focus();
  await page.keyboard.press("F8");
  await expect(strip).toContainText("3 of 5");
  await expect(row).toContainText("number");
  await page.keyboard.press("Shift+F8");
  await page.keyboard.press("Shift+F8");
  await expect(strip).toContainText("1 of 5");
  // From the first to the last, and on.
  await page.keyboard.press("Shift+F8");
  await expect(strip).toContainText("5 of 5");
  await page.keyboard.press("F8");
  await expect(strip).toContainText("1 of 5");
  await page
    .getByRole("treegrid")
    .getByRole("row", { name: /sms_optin/ })
    .click();
  await expect(strip).not.toContainText("of 5");
  await page.getByRole("button", { name: "Previous finding" }).click();
  await expect(strip).toContainText("4 of 5");
});

test("marks the rows, and the one that is folded over a finding", async ({ mount, page }) => {
  await mount<typeof Faults>(story("Faults"));
  const tree = page.getByRole("treegrid");
  const phone = tree.getByRole("row", { name: /^(Fold|Unfold) phones\[0\]/ });
  await expect(tree.getByRole("row", { name: /^name/ }).getByRole("img", { name: "1 error" })).toBeVisible();
  await expect(tree.getByRole("row", { name: /^number/ }).getByRole("img", { name: "1 error" })).toHaveCount(1);
  await expect(phone.getByRole("img")).toHaveCount(0);
  await phone.getByRole("button", { name: "Fold" }).click();
  await expect(phone.getByRole("img", { name: "1 error" })).toHaveText("1");
  await expect(tree.getByRole("row", { name: /phones\[1\]/ }).getByRole("img")).toHaveCount(0);
  // To go there opens it again.
  await page.keyboard.press("F8");
  await page.keyboard.press("F8");
  await page.keyboard.press("F8");
  await expect(tree.getByRole("row", { selected: true })).toContainText("number");
});

test("draws what is in sight of 1,000 findings, and says that there are 10,000", async ({ mount, page }) => {
  await mount<typeof Faults>(story("Many"));
  await page.getByRole("button", { name: "10,000 notes" }).click();
  const list = page.getByRole("listbox");
  await expect(page.getByText("The first 1,000 of 10,000 are listed, and marked in the tree.")).toBeVisible();
  expect(await list.getByRole("option").count()).toBeLessThan(20);
  await list.focus();
  await page.keyboard.press("End");
  await expect(list.getByRole("option", { selected: true })).toContainText("0xbb6");
  await expect(list.getByRole("option", { selected: true })).toHaveAttribute("aria-posinset", "1000");
});

test("counts offsets from the start of the frame, as the bytes do", async ({ mount, page }) => {
  await mount<typeof Faults>(story("Framed"));
  await page.keyboard.press("F8");
  await expect(page.getByRole("group", { name: "Findings" })).toContainText("at 0x08: expected UTF-8");
  await expect(page.getByRole("grid")).toHaveAttribute("aria-activedescendant", /-8$/);
  await expect(page.getByText("3 places cannot be read as declared. First, at 0x08:")).toBeVisible();
});

test("draws no line where there is nothing to find", async ({ mount, page }) => {
  await mount<typeof Faults>(story("Clean"));
  await expect(page.getByRole("treegrid")).toBeVisible();
  await expect(page.getByRole("group", { name: "Findings" })).toHaveCount(0);
});

test("has buttons and rows of at least 24 px, and no axe violations", async ({ mount, page }) => {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await mount<typeof Faults>(story("Faults"), { height: height - 40, selected: "phones[0].number" });
    await page.getByRole("button", { name: /2 errors/ }).click();
    await expectAccessible(page);
    const targets = [
      ...(await page.getByRole("group", { name: "Findings" }).getByRole("button").all()),
      ...(await page.getByRole("option").all()),
    ];
    for (const target of targets) {
      const box = await target.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
    }
  }
});
