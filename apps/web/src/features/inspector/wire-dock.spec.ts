import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { AddPerson, Frames } from "./wire-dock.story.tsx";

const story = (name: string) => `features/inspector/wire-dock/${name}`;

test("keeps hex, tree, readings and path in step", async ({ mount, page }) => {
  const chosen: string[] = [];
  await page.setViewportSize({ width: 1112, height: 420 });
  const component = await mount<typeof AddPerson>(story("AddPerson"), { onSelected: (path) => void chosen.push(path) });
  const tree = component.getByRole("treegrid", { name: "Wire tree" });
  const grid = component.getByRole("grid", { name: "Request bytes" });
  await expect(tree.getByRole("row", { selected: true })).toContainText("190019393");
  await expect(grid.getByRole("gridcell", { selected: true })).toHaveCount(11);
  await expect(component.getByRole("status")).toHaveText("bytes 0x1f–0x29 · 11 B");
  await expect(component.getByRole("region", { name: "Readings of the selected value" })).toContainText("valid UTF-8 · 9 characters");

  await grid.locator('[data-at="3"][role="gridcell"]').click();
  await expect(tree.getByRole("row", { selected: true })).toContainText("lijiahao");
  await tree.getByRole("row", { name: /sms_optin/ }).click();
  await expect(grid.getByRole("gridcell", { selected: true })).toHaveText(["38", "01"]);
  await expect.poll(() => chosen).toEqual(["name", "sms_optin"]);
});

test("shows the readings of what is selected on a phone too, beside bytes and tree", async ({ mount, page }) => {
  await page.setViewportSize({ width: 390, height: 600 });
  const component = await mount<typeof AddPerson>(story("AddPerson"));
  const readings = component.getByRole("region", { name: "Readings of the selected value" });
  await readings.scrollIntoViewIfNeeded();
  await expect(readings).toBeInViewport({ ratio: 0.9 });
  await expect(readings).toContainText("valid UTF-8 · 9 characters");
  for (const part of ["grid", "treegrid"] as const) {
    const box = await component.getByRole(part).boundingBox();
    expect(box?.height).toBeGreaterThan(80);
  }
  await expectAccessible(page);
});

test("moves by keyboard in the grid and in the tree", async ({ mount, page }) => {
  const shown: string[] = [];
  await page.setViewportSize({ width: 1112, height: 420 });
  const component = await mount<typeof AddPerson>(story("AddPerson"), { selected: "name", onShown: (path) => void shown.push(path) });
  const tree = component.getByRole("treegrid");
  const grid = component.getByRole("grid", { name: "Request bytes" });
  const status = component.getByRole("status");
  await grid.focus();
  await page.keyboard.press("Tab");
  await expect(status).toHaveText("bytes 0x0a–0x0b · 2 B");
  await page.keyboard.press("Tab");
  await expect(status).toHaveText("bytes 0x0e–0x1a · 13 B");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowDown");
  await expect(status).toHaveText("bytes 0x0e–0x1a · 13 B");
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(status).toHaveText("bytes 0x1a–0x1c · 3 B");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await expect.poll(() => shown).toEqual(["phones[0].type"]);
  await page.keyboard.press("Escape");
  await expect(tree).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(tree.getByRole("row", { selected: true })).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowLeft");
  await expect(tree.getByRole("row", { selected: true })).toHaveAttribute("aria-expanded", "false");
  await page.keyboard.press("ArrowDown");
  await expect(status).toHaveText("bytes 0x1d–0x2b · 15 B");
  await page.keyboard.press("End");
  await expect(status).toHaveText("bytes 0x4b–0x4c · 2 B");
});

test("reads a field as the user says in all items of its list, and goes back", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1112, height: 560 });
  const component = await mount<typeof AddPerson>(story("AddPerson"), { height: 500 });
  const tree = component.getByRole("treegrid", { name: "Wire tree" });
  const readAs = component.getByRole("group", { name: "Read as" });
  await expect(tree.getByRole("row", { selected: true })).toContainText('"190019393"');
  await readAs.getByRole("button", { name: /^bytes/ }).focus();
  await page.keyboard.press("Enter");
  await expect(readAs.getByRole("button", { pressed: true })).toContainText("your choice");
  await expect(readAs.getByRole("button", { pressed: true })).toBeFocused();
  await expect(tree.getByRole("row", { selected: true })).not.toContainText('"190019393"');
  await expect(tree).not.toContainText('"15136588270"');
  await expect(tree).toContainText('"lijiahao"');
  await expect(component.getByRole("status")).toHaveText("bytes 0x1f–0x29 · 11 B");

  await tree.getByRole("row", { name: /sms_optin/ }).click();
  await expect(readAs.getByRole("button", { name: /Read as/ })).toHaveCount(0);
  await tree
    .getByRole("row", { name: /number/ })
    .first()
    .click();
  await readAs.getByRole("button", { name: "Read as declared" }).click();
  await expect(tree).toContainText('"15136588270"');
  await expect(tree).toContainText('"190019393"');
});

test("goes to an offset, and says when there is none", async ({ mount }) => {
  const component = await mount<typeof AddPerson>(story("AddPerson"));
  const goTo = component.getByRole("textbox", { name: "Go to offset" });
  await goTo.fill("0x2b");
  await goTo.press("Enter");
  await expect(component.getByRole("treegrid").getByRole("row", { selected: true })).toContainText("type");
  await goTo.fill("fff");
  await goTo.press("Enter");
  await expect(component.getByRole("status")).toHaveText("No offset 0xfff: the last is 0x4c");
});

test("shows the prefix of the backend's leg and the other direction", async ({ mount }) => {
  const component = await mount<typeof AddPerson>(story("AddPerson"), { selected: "name" });
  await component.getByRole("radio", { name: /gateway → backend/ }).click();
  await expect(component.getByText("prefix 5 B, message 77 B")).toBeVisible();
  await expect(component.getByRole("grid", { name: "Request bytes" }).getByRole("gridcell").first()).toHaveText("00");
  await expect(component.getByRole("status")).toHaveText("bytes 0x05–0x0e · 10 B");
  await component.getByRole("radio", { name: "Response" }).click();
  await expect(component.getByRole("treegrid")).toContainText("payments");
});

test("chooses frames, and opens compressed ones", async ({ mount }) => {
  const component = await mount(story("Frames"));
  await expect(component.getByText("frame 1 of 3")).toBeVisible();
  await component.getByRole("button", { name: "Next frame" }).click();
  await expect(component.getByText("77 B inside")).toBeVisible();
  await expect(component.getByRole("treegrid")).toContainText("lijiahao");
  await component.getByRole("radio", { name: "As sent" }).click();
  await expect(component.getByRole("treegrid")).toHaveCount(0);
  await component.getByRole("button", { name: "Next frame" }).click();
  await expect(component.getByRole("textbox", { name: "Trailers" })).toHaveValue(/grpc-status: 0/);
});

test("says where a decompressed field comes from on the wire, and leads to those bytes and back by keyboard", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1440, height: 520 });
  const component = await mount<typeof Frames>(story("Frames"), { height: 500 });
  await component.getByRole("button", { name: "Next frame" }).click();
  const tree = component.getByRole("treegrid", { name: "Wire tree" });
  const grid = component.getByRole("grid", { name: "Request bytes" });
  const provenance = component.getByRole("group", { name: "Where the bytes come from" });
  await expect(provenance).toContainText(/^the message comes out of bytes 0x05–0x[\da-f]{2} · \d+ B of gzip, frame 2 as sent/);
  await tree
    .getByRole("row", { name: /number/ })
    .nth(1)
    .click();
  await expect(provenance).toContainText("phones[1].number comes out of bytes 0x05–");
  const sent = Number(/· (\d+) B/.exec((await provenance.textContent()) ?? "")?.[1]);
  await grid.focus();
  for (let byte = 0; byte < 3; byte++) await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(component.getByText("bytes 0x22–0x23 · 2 B")).toBeVisible();

  await provenance.getByRole("button", { name: "Show on the wire" }).focus();
  await page.keyboard.press("Enter");
  await expect(tree).toHaveCount(0);
  await expect(grid).toBeFocused();
  await expect(grid.getByRole("gridcell", { selected: true })).toHaveCount(sent);
  await expect(grid.getByRole("gridcell", { selected: true }).first()).toHaveText("1f");
  await expect(grid.locator('[role="gridcell"][id]')).toHaveAttribute("data-at", "5");
  await expect(provenance).toContainText("of gzip, frame 2 as sent: in them is phones[1].number");
  await page.keyboard.press("End");
  await expectAccessible(page);

  await provenance.getByRole("button", { name: "Back to phones[1].number" }).focus();
  await page.keyboard.press("Enter");
  await expect(grid).toBeFocused();
  await expect(tree.getByRole("row", { selected: true })).toContainText("190019393");
  await expect(component.getByText("bytes 0x22–0x23 · 2 B")).toBeVisible();
});

test("names faults and unknown fields and shows what follows them", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1112, height: 420 });
  const component = await mount(story("Faults"));
  const tree = component.getByRole("treegrid");
  await expect(tree).toContainText("overwritten by 0x05");
  await expect(tree).toContainText("unknown: id is declared int32");
  await expect(tree.getByRole("row", { name: /^id / })).toContainText("5");
  await expect(component.getByRole("region", { name: "The message" })).toContainText("found a length of 9");
});

test("says once that the type does not fit, keeps the raw reading, and leads there and back", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1112, height: 420 });
  const component = await mount(story("Faults"));
  const tree = component.getByRole("treegrid");
  await expect(component.getByText("pb.Person does not fit these bytes")).toHaveCount(1);
  await expect(component.getByText(/places cannot be read as declared\. First, at 0x/)).toBeVisible();
  await expect(tree).toContainText('"new"');
  await component.getByRole("button", { name: "Read without a type" }).focus();
  await page.keyboard.press("Enter");
  await expect(component.getByText("does not fit")).toHaveCount(0);
  await expect(tree.getByRole("row", { name: /^#1~2/ })).toContainText('"new"');
  await component.getByRole("button", { name: "Read as Person" }).click();
  await expect(tree.getByRole("row", { name: /^name/ }).first()).toContainText('"old"');
  await expect(component.getByText("pb.Person does not fit these bytes")).toHaveCount(1);
});

test("does not blame the type where the rest of the body was not kept", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1440, height: 420 });
  const component = await mount(story("Cut"));
  await expect(component.getByText("37 B not kept")).toBeVisible();
  await expect(component.getByRole("group", { name: "Findings" })).toContainText("1 error");
  await expect(component.getByText("does not fit")).toHaveCount(0);
});

test("reads JSON as text and a message without schema by guessing", async ({ mount, page }) => {
  const json = await mount(story("Json"));
  await expect(json.getByRole("textbox", { name: "JSON" })).toHaveValue(/lijiahao/);
  await expect(json.getByRole("grid")).toContainText("{");
  await page.setViewportSize({ width: 1112, height: 420 });
  const guessed = await mount(story("WithoutSchema"));
  await expect(guessed.getByRole("treegrid")).toContainText('"15136588270"');
});

test("says what of a draft is not canonical, and what other readers make of it", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1440, height: 420 });
  const component = await mount<typeof AddPerson>(story("AddPerson"));
  await component.getByRole("radio", { name: "Canonical" }).click();
  const panel = component.getByRole("region", { name: "Canonical" });
  await expect(panel).toContainText("1 difference to the canonical bytes They say the same in 75 B, 2 fewer.");
  await panel.getByRole("button", { name: "id" }).click();
  await expect(component.getByText("bytes 0x0a–0x0b · 2 B")).toBeVisible();
  await component.getByRole("radio", { name: "Readers", exact: true }).click();
  await expect(component.getByRole("row", { name: /^protobuf-es accepts, \d+ values/ })).toBeVisible();
  await expect(component.getByRole("row", { name: "protoc not asked: the gateway cannot be reached" })).toBeVisible();
});

test("adds up what makes a message big, and says how deep a field is", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1440, height: 420 });
  const component = await mount<typeof AddPerson>(story("AddPerson"));
  const readings = component.getByRole("region", { name: "Readings of the selected value" });
  await expect(readings).toContainText("depth 1");
  await component.getByRole("radio", { name: "Tree" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  const sizes = component.getByRole("region", { name: "Sizes" });
  await expect(sizes.getByRole("row", { name: /^phones 3 / })).toContainText("49");
  await sizes.getByRole("button", { name: "sms_optin" }).focus();
  await page.keyboard.press("Enter");
  await expect(component.getByRole("status")).toHaveText("bytes 0x4b–0x4c · 2 B");
  await expect(readings).toContainText("depth 0");
  await component.getByRole("radio", { name: /gateway → backend/ }).click();
  await component.getByRole("button", { name: "phones.number" }).click();
  await expect(component.getByRole("status")).toHaveText("bytes 0x13–0x1f · 13 B");
  await expectAccessible(page);
  for (const target of await sizes.getByRole("button").all()) {
    expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(24);
  }
});

test("names the declared defaults of what is not set", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1440, height: 420 });
  const component = await mount(story("Proto2"));
  const message = component.getByRole("region", { name: "The message" });
  await expect(message).toContainText('with_default = 42, text_default = "say \\"hi\\"", closed = CLOSED_TWO');
  await expect(message).toContainText("declared defaults are read");
});

test("folds to its head and opens again", async ({ mount }) => {
  const component = await mount<typeof AddPerson>(story("AddPerson"));
  await component.getByRole("button", { name: "Fold the wire inspector" }).click();
  await expect(component.getByRole("treegrid")).toHaveCount(0);
  await component.getByRole("button", { name: "Open the wire inspector" }).click();
  await expect(component.getByRole("treegrid")).toBeVisible();
});

for (const name of ["AddPerson", "Faults", "Json", "Frames"]) {
  test(`has no axe violations in ${name}`, async ({ mount, page }) => {
    await mount(story(name));
    await expectAccessible(page);
  });
}
