import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...argv: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...argv], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** Starts the program; resolves with its ready address. */
async function start(...argv: string[]): Promise<{ child: ChildProcess; address: string; ended: Promise<Ended> }> {
  const child = spawn(process.execPath, [program, "--listen", "127.0.0.1:0", ...argv], { stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<Ended>((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (text: Buffer) => {
      stdout += text.toString();
      const match = /^rpcdeck ready (\S+)\n/u.exec(stdout);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    void ended.then((end) => reject(new Error(end.stderr)));
  });
  return { child, address, ended };
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
  const { child, address, ended } = await start("--no-demo");
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
  const { child, address, ended } = await start("--no-demo");
  const second = await run("--no-demo", "--listen", address.replace("http://", ""));
  expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining("--listen") });
  child.kill("SIGTERM");
  expect((await ended).code).toBe(0);
});

test("with the demo servers it is ready with all of them, and Ctrl-C leaves none behind", async () => {
  const { child, address, ended } = await start();
  const headers = { "content-type": "application/json" };
  const ready = await fetch(`${address}/-/readyz`);
  expect(ready.status).toBe(200);
  const answer = await fetch(`${address}/rpcdeck.v1.CatalogService/GetCatalog`, { method: "POST", headers, body: "{}" });
  const { catalog } = (await answer.json()) as { catalog: { instances: { fleetProcess?: string }[] } };
  expect(catalog.instances.filter((instance) => instance.fleetProcess !== undefined)).toHaveLength(6);
  const children = await new Promise<number[]>((resolve) => {
    execFile("pgrep", ["-P", String(child.pid)], (_error, stdout) => resolve(stdout.trim().split(/\s+/u).map(Number)));
  });
  expect(children).toHaveLength(6);
  child.kill("SIGINT");
  expect((await ended).code).toBe(0);
  expect(children.filter(isAlive)).toEqual([]);
});
