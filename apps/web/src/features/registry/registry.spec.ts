import { expect, test } from "@playwright/test";
import { expectAccessible } from "#lib/test-accessible.ts";
import type { Fleet, Leases, Log, Sources, Table } from "./registry.story.tsx";

test("shows instances in every state under their service, counts the lease of a living one, and selects by keyboard", async ({
  mount,
  page,
}) => {
  const chosen: string[] = [];
  const component = await mount<typeof Table>("features/registry/registry/Table", { onSelect: (id) => void chosen.push(id) });
  const row = (label: string) => component.getByRole("row").filter({ has: page.getByRole("button", { name: label, exact: true }) });
  for (const [label, state] of [
    ["greeter-1", "healthy"],
    ["greeter-2", "failing"],
    ["greeter-3", "evicted"],
    ["greeter-4", "last known"],
  ] as const) {
    await expect(row(label).getByRole("img", { name: state })).toBeVisible();
  }
  await expect(row("greeter-1").getByRole("meter", { name: "Lease left" })).toHaveAttribute("aria-valuetext", /^[34]\.\d s of 10 s$/);
  await expect(row("greeter-3").getByRole("meter", { name: "Lease left" })).toHaveCount(0);
  await row("greeter-2").getByRole("button").focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => chosen).toEqual(["embedded/greeter-2"]);
  await expectAccessible(page);
});

test("folds services that serve other programs, and unfolds them", async ({ mount }) => {
  const component = await mount<typeof Table>("features/registry/registry/Table");
  const group = component.getByRole("button", { name: /grpc\.health\.v1\.\s*Health/ });
  await expect(group).toHaveAttribute("aria-expanded", "false");
  await group.click();
  await expect(component.getByRole("button", { name: "health-1", exact: true })).toBeVisible();
});

test("shows events newest first, and problems alone when asked to", async ({ mount, page }) => {
  const component = await mount<typeof Log>("features/registry/registry/Log");
  const rows = component.getByRole("region", { name: "Event log" }).locator("tbody").getByRole("row");
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("greeter-3");
  await component.getByRole("radio", { name: "Problems" }).click();
  await expect(rows).toHaveCount(1);
  await expect(component.getByText("1 event", { exact: true })).toBeVisible();
  await expectAccessible(page);
});

test("says of a source that is away how old its answer is, when it is tried next and why", async ({ mount, page }) => {
  const component = await mount<typeof Sources>("features/registry/registry/Sources");
  const [well, stale] = [component.getByRole("listitem").nth(0), component.getByRole("listitem").nth(1)];
  await expect(well).toContainText("embedded ok");
  await expect(well).toContainText("rev 41");
  await expect(stale).toContainText("etcd-1 stale");
  await expect(stale).toContainText(/serving last known, \d+ s old · next try in \d+ s · connection refused/);
  await expectAccessible(page);
});

test("says in words how much of a lease is left, and that it is not known", async ({ mount }) => {
  const component = await mount<typeof Leases>("features/registry/registry/Leases");
  await expect(component.getByRole("meter", { name: "Lease left" })).toHaveAttribute("aria-valuetext", "4.0 s of 10 s");
  await expect(component.getByRole("img", { name: "Lease left: not known yet" })).toBeVisible();
});

test("stops, slows and breaks a demo process, and says what did not work", async ({ mount, page }) => {
  const asked: string[] = [];
  const component = await mount<typeof Fleet>("features/registry/registry/Fleet", { onAsk: (what) => void asked.push(what) });
  await expect(component.getByRole("radiogroup", { name: "Slow down" }).getByRole("radio", { name: "300 ms" })).toBeChecked();
  await component.getByRole("radiogroup", { name: "Slow down" }).getByRole("radio", { name: "2 s" }).click();
  await component.getByRole("radiogroup", { name: "Fail" }).getByRole("radio", { name: "all" }).click();
  await component.getByRole("button", { name: "Stop" }).click();
  await expect.poll(() => asked).toEqual(["greeter-1 2000 ms 0 %", "greeter-1 300 ms 100 %", "stop greeter-1"]);
  await component.getByRole("button", { name: "Kill" }).click();
  await expect(component.getByRole("status")).toHaveText("it is gone already");
  await expectAccessible(page);
});

test("offers to start a process that is stopped, and nothing else", async ({ mount }) => {
  const asked: string[] = [];
  const component = await mount<typeof Fleet>("features/registry/registry/Fleet", {
    running: false,
    onAsk: (what) => void asked.push(what),
  });
  await expect(component.getByRole("button")).toHaveCount(1);
  await component.getByRole("button", { name: "Start" }).click();
  await expect.poll(() => asked).toEqual(["start greeter-1"]);
});
