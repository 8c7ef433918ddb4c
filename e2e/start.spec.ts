// Step 2 of the main job: the page of a started gateway shows what can be called.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startGateway, startProgram, type Program } from "../peers/programs.ts";
import { root } from "../scripts/steps.ts";
import { expect, test } from "./fixtures.ts";
import { explorerOf } from "./pages/explorer.ts";

test("shows every service with its instances, methods and kinds", async ({ page }) => {
  const explorer = explorerOf(page);
  await page.goto("/");
  await expect(explorer.service("pb.Greeter").getByRole("img", { name: "4 of 4 healthy" })).toBeVisible();
  await expect(explorer.service("arith.v1.Arith").getByRole("img", { name: "3 of 3 healthy" })).toBeVisible();
  await expect(explorer.service("pb.AddressBookService").getByRole("img", { name: "2 of 2 healthy" })).toBeVisible();
  await expect(explorer.service("rpcdeck.demo.v1.Chat").getByRole("img", { name: "1 of 1 healthy" })).toBeVisible();
  await expect(explorer.service("grpc.health.v1.Health").getByRole("img", { name: "7 of 7 healthy" })).toBeVisible();
  for (const [method, kind] of [
    ["SayHello", "unary"],
    ["Div", "unary"],
    ["Table", "server stream"],
    ["ImportPeople", "client stream"],
    ["Converse", "bidi stream"],
  ] as const) {
    await expect(explorer.method(method).getByRole("img", { name: kind })).toBeVisible();
  }
  await expect(explorer.method("SayHello")).toContainText("SayHello");
  const status = page.getByRole("contentinfo", { name: "Status" });
  await expect(status).toContainText("7 instances, 7 callable");
  await expect(status).toContainText("Tunnel open");
  await expect(status).toContainText("Nothing leaves this machine");
});

test("finds a method by a filter, and says what is nearest when nothing fits", async ({ page }) => {
  const explorer = explorerOf(page);
  await page.goto("/");
  await expect(explorer.method("Converse")).toBeVisible();
  await explorer.filter.fill("addp");
  await expect(explorer.method("AddPerson")).toBeVisible();
  await expect(explorer.method("Converse")).toHaveCount(0);
  await explorer.filter.fill("AddPersn");
  await page.getByRole("button", { name: "AddPerson" }).click();
  await expect(explorer.filter).toHaveValue("AddPerson");
  await explorer.filter.press("Escape");
  await expect(explorer.method("Converse")).toBeVisible();
});

test("leads from localhost to 127.0.0.1", async ({ page, gateway }) => {
  await page.goto(gateway.address.replace("127.0.0.1", "localhost"));
  await expect(page).toHaveURL(`${gateway.address}/`);
  await expect(explorerOf(page).method("SayHello")).toBeVisible();
});

test("recovers by itself when the gateway comes back, and ends without leaving a process behind", async ({ page }) => {
  const first = await startGateway();
  const port = new URL(first.address).port;
  const explorer = explorerOf(page);
  await page.goto(first.address);
  const call = await explorer.open("SayHello");
  await call.field("name").fill("again");
  await call.sendFor("OK");
  const family = processesBelow(first.child.pid ?? 0);
  expect(family.length).toBeGreaterThanOrEqual(6);
  await first.stop();
  expect(family.filter(isRunning)).toEqual([]);
  await expect(page.getByText("Gateway not reachable")).toBeVisible();

  const second = await startGatewayAt(`127.0.0.1:${port}`);
  try {
    await expect(page.getByText("Gateway not reachable")).toHaveCount(0, { timeout: 20_000 });
    await expect(explorer.service("pb.Greeter").getByRole("img", { name: "4 of 4 healthy" })).toBeVisible({ timeout: 30_000 });
    await expect(call.field("name")).toHaveValue("again");
    await call.sendFor("OK");
    await expect(call.json).toContainText("hello again");
  } finally {
    await second.stop();
  }
});

/** Starts the gateway where another one was. */
function startGatewayAt(listen: string): Promise<Program> {
  return startProgram(process.execPath, [join(root, "apps/gateway/src/main.ts"), "--listen", listen], /rpcdeck ready (http:\/\/\S+)/);
}

/** Processes that a process started, and those that they started. Linux only; elsewhere none are seen. */
function processesBelow(parent: number): number[] {
  if (process.platform !== "linux") return [];
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(Number(name))] as const);
  const below = (pid: number): number[] => parents.filter(([, of]) => of === pid).flatMap(([child]) => [child, ...below(child)]);
  return below(parent);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
