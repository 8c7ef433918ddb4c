import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { type Ended, startGatewayProcess } from "./test-process.ts";

vi.setConfig({ testTimeout: 60_000 }); // many processes are started, on machines that may be busy

const program = fileURLToPath(new URL("./main.ts", import.meta.url));

function run(...argv: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...argv], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

function childrenOf(pid: number | undefined): Promise<number[]> {
  return new Promise((resolve) => {
    execFile("pgrep", ["-P", String(pid)], (_error, stdout) => resolve((stdout.match(/\d+/gu) ?? []).map(Number)));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("help and version are printed and end well", async () => {
  expect(await run("--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("--listen HOST:PORT") });
  expect(await run("--version")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^rpcdeck \d+\.\d+\.\d+\n$/u) });
});

test("bad flags end with 2 and name every problem", async () => {
  const ended = await run("--nope", "--max-message", "x");
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain("--nope");
  expect(ended.stderr).toContain("--max-message");
});

test("another address than this machine's own ends with 2 without a token", async () => {
  const ended = await run("--no-demo", "--listen", "[::]:0");
  expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("needs --token"), stdout: "" });
});

test.skipIf(process.platform !== "linux")("without flags it listens on 127.0.0.1 only", async () => {
  await using gateway = await startGatewayProcess("--no-demo");
  const { child, address, ended } = gateway;
  const port = Number(new URL(address).port).toString(16).toUpperCase().padStart(4, "0");
  const table = readFileSync("/proc/net/tcp", "utf8") + readFileSync("/proc/net/tcp6", "utf8");
  const listening = [...table.matchAll(/^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F:]+ 0A /gmu)].filter((each) => each[2] === port);
  expect(listening.map((each) => each[1])).toEqual(["0100007F"]);
  child.kill("SIGTERM");
  await ended;
});

test("schemas that cannot be read end with 2", async () => {
  expect(await run("--no-demo", "--listen", "127.0.0.1:0", "--proto", "/no/such")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("/no/such"),
  });
});

test("a taken port ends with 2 and names the flag", async () => {
  await using gateway = await startGatewayProcess("--no-demo");
  const { child, address, ended } = gateway;
  const second = await run("--no-demo", "--listen", address.replace("http://", ""));
  expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining("--listen") });
  child.kill("SIGTERM");
  expect((await ended).code).toBe(0);
});

test("--access-log writes a line for each call to a file or to standard output", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rpcdeck-access-"));
  const file = join(folder, "access.log");
  for (const where of [file, "-"]) {
    await using gateway = await startGatewayProcess("--no-demo", "--access-log", where);
    const { address, child, ended } = gateway;
    const sent = { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"hunter2"}' };
    await fetch(`${address}/pb.Greeter/SayHello`, sent);
    child.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    const lines = (where === "-" ? stdout.replace(/^rpcdeck ready .*\n/u, "") : readFileSync(file, "utf8")).split("\n");
    expect(lines.at(-1)).toBe("");
    expect(lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ path: "/pb.Greeter/SayHello", code: "ok", instance: "gateway/gateway" }),
    ]);
    expect(lines.join()).not.toContain("hunter2");
  }
  rmSync(folder, { recursive: true });
  expect(await run("--no-demo", "--access-log", "/no/such/folder/x")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--access-log"),
  });
});

test("Ctrl-C while the demo servers start leaves none behind, and waits for none", async () => {
  const child = spawn(process.execPath, [program, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let children: number[] = [];
  await new Promise<void>((resolve) => child.stderr.on("data", (text: Buffer) => text.includes("starting the demo servers") && resolve()));
  while (children.length === 0) children = await childrenOf(child.pid);
  const startedMs = performance.now();
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect(children.filter(isAlive)).toEqual([]);
});

test("with the demo servers it is ready with all of them, and Ctrl-C leaves none behind", async () => {
  await using gateway = await startGatewayProcess();
  const { child, address, ended } = gateway;
  const headers = { "content-type": "application/json" };
  const ready = await fetch(`${address}/-/readyz`);
  expect(ready.status).toBe(200);
  const demoInstances = async (): Promise<number> => {
    const answer = await fetch(`${address}/rpcdeck.v1.CatalogService/GetCatalog`, { method: "POST", headers, body: "{}" });
    const { catalog } = (await answer.json()) as { catalog: { instances: { fleetProcess?: string }[] } };
    return catalog.instances.filter((instance) => instance.fleetProcess !== undefined).length;
  };
  await expect.poll(demoInstances, { timeout: 20_000 }).toBe(6); // the ready line waits for them, but for 8 s at most
  const children = await childrenOf(child.pid);
  expect(children).toHaveLength(6);
  child.kill("SIGINT");
  expect((await ended).code).toBe(0);
  expect(children.filter(isAlive)).toEqual([]);
});
