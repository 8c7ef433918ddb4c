import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Dialog } from "./add-target-dialog.story.tsx";

test("shows step by step what was found, and keeps the target", async ({ mount, page }) => {
  const asked: string[] = [];
  const component = await mount<typeof Dialog>("features/explorer/add-target-dialog/Dialog", { onAsk: (what) => void asked.push(what) });
  const dialog = page.getByRole("dialog", { name: "Add a target" });
  await dialog.getByRole("textbox", { name: "Address" }).fill("localhost:50051");
  await dialog.getByRole("button", { name: "Metadata for reflection and every call" }).click();
  await dialog.getByRole("textbox", { name: "Name 1" }).fill("Authorization");
  await dialog.getByRole("textbox", { name: "Value 1" }).fill("Bearer x");
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("list", { name: "What was tried" })).toContainText("Reflection v1");
  await expect.poll(() => asked).toEqual(["localhost:50051 authorization=Bearer x"]);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await expect(dialog).toHaveCount(0);
  await expect(component.getByRole("list", { name: "Targets" })).toContainText("grpc://localhost:50051");
});

test("marks a wrong address at its place and keeps what was typed", async ({ mount, page }) => {
  await mount("features/explorer/add-target-dialog/Dialog");
  const address = page.getByRole("textbox", { name: "Address" });
  await address.fill("localhost");
  await page.keyboard.press("Enter");
  await expect(address).toHaveAccessibleDescription('target "localhost": has no port');
  await expect(address).toHaveValue("localhost");
});

test("says why nothing can be called, and asks for a certificate that nobody signed with a scheme", async ({ mount, page }) => {
  const asked: string[] = [];
  await mount<typeof Dialog>("features/explorer/add-target-dialog/Dialog", { onAsk: (what) => void asked.push(what) });
  const dialog = page.getByRole("dialog", { name: "Add a target" });
  await dialog.getByRole("textbox", { name: "Address" }).fill("localhost:1");
  await page.keyboard.press("Enter");
  await expect(dialog.getByText("Nothing to call there")).toBeVisible();
  await expect(dialog.getByText("connection refused")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Add", exact: true })).toHaveCount(0);
  await dialog.getByRole("radio", { name: "not verified" }).click();
  await dialog.getByRole("button", { name: "Look" }).click();
  await expect.poll(() => asked).toEqual(["localhost:1", "grpcs://localhost:1?verify=none"]);
});

test("offers unix sockets only where the gateway takes them, and says what it needs", async ({ mount, page }) => {
  const asked: string[] = [];
  const onAsk = (what: string) => void asked.push(what);
  await mount<typeof Dialog>("features/explorer/add-target-dialog/Dialog", { onAsk });
  const address = page.getByRole("textbox", { name: "Address" });
  await expect(address).not.toHaveAttribute("placeholder", /unix/);
  await address.fill("unix:/run/x.sock");
  await expect(address).toHaveAccessibleDescription(/--allow-unix-targets/);
  await expect(page.getByRole("button", { name: "Look" })).toBeDisabled();
  await page.keyboard.press("Enter");
  expect(asked).toEqual([]);
});

test("looks at a unix socket where the gateway takes them", async ({ mount, page }) => {
  const asked: string[] = [];
  await mount<typeof Dialog>("features/explorer/add-target-dialog/Dialog", { onAsk: (what) => void asked.push(what), takesUnix: true });
  const address = page.getByRole("textbox", { name: "Address" });
  await expect(address).toHaveAttribute("placeholder", /unix:/);
  await address.fill("unix:/run/x.sock");
  await page.keyboard.press("Enter");
  await expect.poll(() => asked).toEqual(["unix:/run/x.sock"]);
});
