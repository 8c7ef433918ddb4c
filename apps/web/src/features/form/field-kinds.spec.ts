import { expect, test } from "@playwright/test";
import type { Editions, KitchenSink, Proto2 } from "./message-form.story.tsx";

const story = "features/form/message-form";

test("badges an enum number that the enum does not have, and keeps it", async ({ mount }) => {
  let hex = "?";
  const form = await mount<typeof KitchenSink>(`${story}/KitchenSink`, { hex: "80014d", onHex: (next) => (hex = next) });
  await expect(form.getByLabel("flavour", { exact: true })).toHaveValue("77");
  await expect(form.getByText("not in the enum")).toBeVisible();
  await form.getByLabel("int32_value", { exact: true }).fill("1");
  await expect.poll(() => hex).toBe("180180014d");
});

test("says which absent fields are not sent, of whatever kind they are, and leaves a default that was sent", async ({ mount }) => {
  let hex = "?";
  const form = await mount<typeof KitchenSink>(`${story}/KitchenSink`, { hex: "68008001001800", onHex: (next) => (hex = next) });
  const row = (path: string) => form.locator(`[data-path="${path}"]`);
  await expect(row("bool_value")).toContainText("sent, although it is the default");
  await expect(row("flavour")).toContainText("sent, although it is the default");
  await form.getByLabel("int32_value", { exact: true }).fill("00");
  expect(hex).toBe("?");
  await row("bool_value").getByRole("radio", { name: "true" }).click();
  await expect.poll(() => hex).toBe("68018001001800");
  await row("bool_value").getByRole("radio", { name: "false" }).click();
  await expect.poll(() => hex).toBe("8001001800");
  await expect(row("bool_value")).toContainText("not sent");
});

test("inserts an item below another, and dims what is deprecated", async ({ mount, page }) => {
  let json = "";
  const form = await mount<typeof KitchenSink>(`${story}/KitchenSink`, {
    json: '{"strings": ["a", "b"], "old": "x"}',
    onJson: (next) => (json = next),
  });
  await form.getByRole("button", { name: "More for strings[0]" }).click();
  await page.getByRole("menuitem", { name: "Insert below" }).click();
  await expect(form.getByLabel("strings[1]", { exact: true })).toBeFocused();
  await page.keyboard.type("new");
  await expect.poll(() => (JSON.parse(json) as { strings: string[] }).strings).toEqual(["a", "new", "b"]);
  const old = form.locator('[data-path="old"]');
  await expect(old).toContainText("deprecated");
  await expect(old.getByTitle(/^old: string = 47/)).toHaveCSS("text-decoration-line", "line-through");
});

test("tells an enum's aliases, takes numbers of an open enum, and refuses them for a closed one", async ({ mount, page }) => {
  let json = "{}";
  const open = await mount<typeof KitchenSink>(`${story}/KitchenSink`, {
    json: '{"flavour": "FLAVOUR_SALTY"}',
    onJson: (next) => (json = next),
  });
  await open
    .getByRole("button", { name: /flavour$/ })
    .first()
    .click();
  await expect(page.getByRole("option", { name: /FLAVOUR_SAVOURY = 1/ })).toContainText("alias");
  await expect(page.getByRole("option", { name: "Other number…" })).toBeVisible();
  await page.getByRole("option", { name: /FLAVOUR_SAVOURY = 1/ }).click();
  await expect.poll(() => JSON.parse(json)).toEqual({});
  await page.keyboard.press("Escape");
});

test("offers no other number for a closed enum", async ({ mount, page }) => {
  const form = await mount<typeof Proto2>(`${story}/Proto2`);
  await form
    .getByRole("button", { name: /closed$/ })
    .first()
    .click();
  await expect(page.getByRole("option", { name: "CLOSED_ONE = 1" })).toBeVisible();
  await expect(page.getByRole("option", { name: "Other number…" })).toHaveCount(0);
});

test("keeps NaN and minus zero apart from zero, and the sign of a length of time", async ({ mount }) => {
  let hex = "?";
  const form = await mount<typeof KitchenSink>(`${story}/KitchenSink`, { onHex: (next) => (hex = next) });
  await form.getByLabel("double_value", { exact: true }).fill("-0");
  await expect.poll(() => hex).toBe("090000000000000080");
  await form.getByLabel("double_value", { exact: true }).fill("NaN");
  await expect.poll(() => hex).toBe("09000000000000f87f");
  await form.getByLabel("double_value", { exact: true }).fill("0");
  await expect.poll(() => hex).toBe("");
  await form.getByLabel("duration", { exact: true }).fill("-1.5s");
  // Seconds and nanos have the same sign.
  await expect.poll(() => hex).toBe(`9a0216${"08ffffffffffffffffff01"}${"1080b6ca91feffffffff01"}`);
  await expect(form.getByLabel("duration", { exact: true })).toHaveValue("-1.5s");
});

test("tells a wrapper that is absent from one that holds its default", async ({ mount }) => {
  let hex = "?";
  const form = await mount<typeof KitchenSink>(`${story}/KitchenSink`, { onHex: (next) => (hex = next) });
  const presence = form.getByRole("radiogroup", { name: "Presence of int64_wrapper" });
  await presence.getByRole("radio", { name: "set", exact: true }).click();
  await expect.poll(() => hex).toBe("d20200");
  await form.getByLabel("int64_wrapper", { exact: true }).fill("5");
  await expect.poll(() => hex).toBe("d202020805");
  await presence.getByRole("radio", { name: "unset" }).click();
  await expect.poll(() => hex).toBe("");
});

test("shows presence, delimited messages and required fields of editions", async ({ mount, page }) => {
  let hex = "?";
  const form = await mount<typeof Editions>(`${story}/Editions`, { onHex: (next) => (hex = next) });
  await expect(form.getByText("required, not set")).toBeVisible();
  await expect(form.getByRole("radiogroup", { name: "Presence of implicit_text" })).toHaveCount(0);
  await form.getByRole("radiogroup", { name: "Presence of explicit_text" }).getByRole("radio", { name: "default" }).click();
  await expect.poll(() => hex).toBe("0a00");
  await form.getByRole("button", { name: "Set delimited" }).click();
  await form.getByRole("radiogroup", { name: "Presence of delimited.name" }).getByRole("radio", { name: "set", exact: true }).click();
  await form.getByLabel("delimited.name", { exact: true }).fill("a");
  await expect.poll(() => hex).toBe("0a00230a016124");
  await form.getByRole("button", { name: "Add item to expanded" }).click();
  await page.keyboard.type("7");
  await expect.poll(() => hex).toBe("0a00230a0161242807");
});
