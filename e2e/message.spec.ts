// What can be done with a message before it is sent: keep its rules, fill it, copy it.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../scripts/steps.ts";
import { expect, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

test("stops once at broken rules, sends anyway when asked to, and sends at once when they are kept", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("EchoBooking");
  await expect(call.request.getByText("matches ^[A-Z0-9]{6}$")).toBeVisible();
  await call.field("code").fill("k7");
  await expect(call.request.getByText(/\(string.pattern\)/)).toBeVisible();
  await call.send();
  await expect(call.sendButton).toHaveText(/^Send anyway/);
  await expect(call.response.getByText(/^OK/)).toHaveCount(0);
  await call.sendFor("OK");
  await expect(call.json).toContainText("k7");

  await call.showRequest("JSON");
  await call.writeJson(
    '{"code": "K7Q2AB", "email": "ada@example.com", "guests": [{"name": "Ada"}], "area": "AREA_STALLS", "firstRow": 1, "lastRow": 2, "account": "7"}',
  );
  await expect(call.request.getByRole("button", { name: /rules? broken/ })).toHaveCount(0);
  await expect(call.sendButton).toHaveText(/^Send(?! anyway)/);
  await call.sendFor("OK");
  await expect(call.json).toContainText("K7Q2AB");
});

test("sends the last key however soon, and marks the inspector while it is at the bytes before it", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("EchoKitchenSink");
  await call.field("string_value").fill("typed ");
  const wasMarked = await call.field("string_value").evaluate(async (field: HTMLInputElement) => {
    // As a browser does, past React's own idea of the value.
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(field, "typed to the end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await Promise.resolve();
    const isMarked = document.querySelector("[data-behind]") !== null;
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true }));
    return isMarked;
  });
  expect(wasMarked).toBe(true);
  await expect(call.json).toContainText("typed to the end");
  await expect(page.locator("[data-behind]")).toHaveCount(0);
});

test("fills a message with a sample that keeps its rules, and puts back what was there", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("EchoBooking");
  const choose = async (entry: RegExp) => {
    await call.request.getByRole("button", { name: "More for the message" }).click();
    await page.getByRole("menuitem", { name: entry }).click();
  };
  await call.field("code").fill("mine");
  await choose(/^Fill with sample/);
  await expect(call.field("code")).toHaveValue(/^[A-Z0-9]{6}$/);
  await expect(call.request.getByRole("button", { name: /rules? broken/ })).toHaveCount(0);
  const first = await call.field("code").inputValue();
  await choose(/^Fill with sample/);
  await expect(call.field("code")).not.toHaveValue(first);
  await call.sendFor("OK");
  await choose(/^Put back/);
  await expect(call.field("code")).toHaveValue("mine");
});

test("sends at once after an entry of a menu was chosen, even while the menu fades from sight", async ({ page }) => {
  await page.goto("/");
  const call = await explorerOf(page).open("SayHello");
  await page.evaluate(() => {
    document.documentElement.style.setProperty("--dur-move", "30s");
  });
  await call.request.getByRole("button", { name: "More for the message" }).click();
  await page.getByRole("menuitem", { name: /^Fill with sample/ }).click();
  await expect(page.locator('[role="dialog"][data-exiting]')).toBeAttached();
  await call.sendFor("OK");
});

test("copies the message in other notations, and the call as a command that works", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/");
  const call = await explorerOf(page).open("SayHello");
  await call.field("name").fill("it's $me");
  const copied = async (entry: string) => {
    await call.request.getByRole("button", { name: "Copy the message" }).click();
    await page.getByRole("menuitem", { name: entry, exact: true }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  expect(JSON.parse(await copied("JSON"))).toEqual({ name: "it's $me" });
  expect(await copied("Text format")).toBe('name: "it\'s $me"\n');
  expect(await copied("Hex")).toBe("0a 08 69 74 27 73 20 24 6d 65");
  expect(await copied("Base64")).toBe("CghpdCdzICRtZQ==");
  expect(await copied("Protoscope")).toMatch(/^1: \{"it's \$me"\}/);
  expect(await copied("grpcurl command")).toMatch(/^grpcurl -plaintext -d '.* pb.Greeter\/SayHello$/s);
  const command = await copied("buf curl command");
  const bin = join(root, "node_modules/.bin");
  const answer = execFileSync("sh", ["-c", command], { encoding: "utf8", env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` } });
  expect(answer).toContain("hello it's $me");
});
