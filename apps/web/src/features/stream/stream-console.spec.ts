import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Stream } from "./stream-console.story.tsx";

const story = "features/stream/stream-console/Stream";

test("draws only the rows in sight of 100,000 messages and follows the newest", async ({ mount }) => {
  const component = await mount<typeof Stream>(story, { count: 100_000 });
  const grid = component.getByRole("grid", { name: "Messages" });
  await expect(grid).toHaveAttribute("aria-rowcount", "100000");
  await expect(grid.getByRole("row").last()).toContainText("step 99999");
  expect(await grid.getByRole("row").count()).toBeLessThan(60);
});

test("goes to the first and the last message by keyboard, and stops following on the way", async ({ mount, page }) => {
  const component = await mount<typeof Stream>(story, { count: 5_000 });
  const grid = component.getByRole("grid", { name: "Messages" });
  await grid.focus();
  await page.keyboard.press("Home");
  await expect(grid.getByRole("row", { selected: true })).toContainText("question 0");
  await page.keyboard.press("ArrowDown");
  await expect(grid.getByRole("row", { selected: true })).toContainText("step 1");
  await expect(component.getByRole("button", { name: "Follow the newest message" })).toBeVisible();
  await page.keyboard.press("End");
  await expect(grid.getByRole("row", { selected: true })).toContainText("step 4999");
  await expect(component.getByRole("button", { name: "Following the newest message" })).toBeVisible();
});

test("filters by direction, text, field and size", async ({ mount }) => {
  const component = await mount<typeof Stream>(story, { count: 1_000 });
  const filter = component.getByRole("searchbox", { name: "Filter messages" });
  await component.getByRole("radio", { name: "Sent" }).click();
  await expect(component.getByText("100 found")).toBeVisible();
  await component.getByRole("radio", { name: "All" }).click();
  await filter.fill("seq=777");
  await expect(component.getByText("1 found")).toBeVisible();
  await filter.fill("question");
  await expect(component.getByText("100 found")).toBeVisible();
  await filter.fill("size>1k");
  await expect(component.getByText("No message matches, of 1,000")).toBeVisible();
});

test("says that the server is held back while paused, reads on and resumes", async ({ mount, page }) => {
  const did: string[] = [];
  const component = await mount<typeof Stream>(story, { state: "paused", onDo: (what) => void did.push(what) });
  await expect(component.getByText("paused, the server is held back by flow control")).toBeVisible();
  await expectAccessible(page);
  await component.getByRole("button", { name: "Read 100" }).click();
  await component.getByRole("button", { name: "Resume" }).click();
  await expect.poll(() => did).toEqual(["read 100", "resume"]);
});

test("shows how the stream ended below the last message", async ({ mount, page }) => {
  const component = await mount<typeof Stream>(story, { state: "failed", count: 3 });
  await expect(component.getByText("tunnel closed")).toBeVisible();
  await expectAccessible(page);
});
