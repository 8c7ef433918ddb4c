// Step 5 of the main job: watch the registry, stop and kill processes, and see calls move to the others.
import { startGateway, type Program } from "../peers/programs.ts";
import { expect, test } from "./fixtures.ts";
import { callOf } from "./pages/call.ts";
import { explorerOf } from "./pages/explorer.ts";
import { registryOf } from "./pages/registry.ts";

// Processes end here, so the gateway is nobody else's.
let own: Program;
test.beforeAll(async () => {
  own = await startGateway();
});
test.afterAll(async () => {
  await own.stop();
});

test("counts leases down, loses a stopped process at once and a killed one with its lease, and starts it again", async ({ page }) => {
  const registry = registryOf(page, own.address);
  await registry.open();
  const lease = registry.lease("greeter-1");
  const left = async () => Number(await lease.getAttribute("aria-valuenow"));
  await expect(lease).toHaveAttribute("aria-valuetext", /^\d+\.\d s of 10 s$/);
  // A keepalive fills the lease again every few seconds, so one reading may be the least there is: two in a row have to fall.
  let last = await left();
  const fallsSinceLast = async () => {
    const now = await left();
    const falls = now < last;
    last = now;
    return falls;
  };
  await expect.poll(fallsSinceLast).toBe(true);

  const stopped = await registry.inspect("greeter-1");
  await stopped.getByRole("button", { name: "Stop" }).click();
  await expect(registry.row("greeter-1").getByRole("img", { name: "evicted" })).toBeVisible();
  await expect(registry.row("greeter-1").getByRole("button")).toHaveCSS("text-decoration-line", "line-through");
  await expect(registry.events.getByRole("row").filter({ hasText: "greeter-1" }).first()).not.toContainText("registered embedded");

  const killed = await registry.inspect("greeter-2");
  await killed.getByRole("button", { name: "Kill" }).click();
  await expect(registry.row("greeter-2").getByRole("img", { name: "evicted" })).toBeVisible({ timeout: 15_000 });

  await page.getByRole("link", { name: "Calls" }).click();
  const explorer = explorerOf(page);
  await expect(explorer.service("pb.Greeter").getByRole("img", { name: "2 of 2 healthy" })).toBeVisible();
  const call = await explorer.open("SayHello");
  const answerers = new Set<string>();
  for (let count = 1; count <= 6; count++) {
    await call.field("name").fill(`call ${count}`);
    await call.sendFor("OK");
    await expect(call.json).toContainText(`hello call ${count}`);
    answerers.add(/greeter-\d|gateway/.exec(await call.response.innerText())?.[0] ?? "nobody");
  }
  expect([...answerers].toSorted()).toEqual(["gateway", "greeter-3"]);

  await page.getByRole("link", { name: "Registry", exact: true }).click();
  await (await registry.inspect("greeter-1")).getByRole("button", { name: "Start" }).click();
  await expect(registry.rows("greeter-1").getByRole("img", { name: "healthy" })).toBeVisible({ timeout: 30_000 });
});

test("slows a process down and makes it fail from the page, and calls show it", async ({ page }) => {
  const registry = registryOf(page, own.address);
  await registry.open();
  const detail = await registry.inspect("arith-1");
  const choose = async (what: "Slow down" | "Fail", how: string) => {
    const radio = detail.getByRole("radiogroup", { name: what }).getByRole("radio", { name: how, exact: true });
    await radio.click();
    await expect(radio).toBeChecked();
  };
  await choose("Slow down", "300 ms");
  const processes = page.getByRole("region", { name: "Demo processes" });
  await expect(processes.getByRole("listitem").filter({ hasText: "arith-1" })).toContainText("+300 ms");
  await detail.getByRole("button", { name: "Call this" }).click();
  await page.getByRole("menuitem", { name: "Mul" }).click();
  const call = callOf(page);
  await call.field("a").fill("6");
  await call.field("b").fill("7");
  await call.sendFor("OK");
  await expect(call.json).toContainText('"product": "42"');
  await expect(call.response.getByText(/^(3|4|5|6|7|8|9)\d\d ms$|^\d\.\d+ s$/).first()).toBeVisible();

  await page.getByRole("link", { name: "Registry", exact: true }).click();
  await registry.inspect("arith-1");
  await choose("Slow down", "none");
  await choose("Fail", "all");
  await expect(processes.getByRole("listitem").filter({ hasText: "arith-1" })).toContainText("100 % fail");
  await page.getByRole("link", { name: "Calls" }).click();
  await call.sendFor("unavailable");
  await page.getByRole("link", { name: "Registry", exact: true }).click();
  await registry.inspect("arith-1");
  await choose("Fail", "none");
  await page.getByRole("link", { name: "Calls" }).click();
  await call.sendFor("OK");
});
