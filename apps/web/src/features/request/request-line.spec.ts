import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Line } from "./request-line.story.tsx";

const story = "features/request/request-line/Line";

test("chooses instance, protocol and codec, and sends", async ({ mount, page }) => {
  await page.setViewportSize({ width: 1200, height: 400 });
  const did: string[] = [];
  const component = await mount<typeof Line>(story, { isUnverified: true, onDid: (what) => void did.push(what) });
  await expect(component.getByRole("heading", { level: 1 })).toContainText("SayHello");
  await expect(component.getByText("not verified")).toBeVisible();
  await component.getByRole("button", { name: /Instance$/ }).click();
  await page.getByRole("option", { name: "greeter-1" }).click();
  await component.getByRole("radio", { name: "gRPC", exact: true }).click();
  await component.getByRole("radio", { name: "JSON" }).click();
  await component.getByRole("button", { name: /^Send/ }).click();
  await expect.poll(() => did).toEqual(["target embedded/greeter-1", '{"protocol":"grpc"}', '{"codec":"json"}', "send"]);
  await expectAccessible(page);
});

test("tells what the method does to keyboard and touch too", async ({ mount, page }) => {
  const component = await mount<typeof Line>(story);
  await component.getByRole("button", { name: "About SayHello" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: "About SayHello" })).toHaveText("Says hello.\nTo anybody.");
  await page.keyboard.press("Escape");
  await expect(component.getByRole("button", { name: "About SayHello" })).toBeFocused();
});

test("cannot be sent where something stands in the way, goes on once where it was stopped, and cancels", async ({ mount }) => {
  const did: string[] = [];
  const onDid = (what: string) => void did.push(what);
  const stopped = await mount<typeof Line>(story, {
    action: { kind: "send", problem: "A value in the form cannot be sent", isStopped: false },
    onDid,
  });
  await expect(stopped.getByRole("button", { name: /^Send/ })).toBeDisabled();
  const again = await mount<typeof Line>(story, { action: { kind: "send", problem: undefined, isStopped: true }, onDid });
  await again.getByRole("button", { name: /^Send anyway/ }).click();
  const running = await mount<typeof Line>(story, { action: { kind: "cancel" }, onDid });
  await running.getByRole("button", { name: /^Cancel/ }).click();
  await expect.poll(() => did).toEqual(["send", "cancel"]);
});
