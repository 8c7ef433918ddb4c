import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { root } from "./steps.ts";
import { createTestProject, type TestProject } from "./test-project.ts";

vi.setConfig({ testTimeout: 60_000 }); // whole processes are started, on machines that may be busy

const onUnix = test.skipIf(process.platform === "win32"); // signals and pgrep
const quickBuild = `console.error("the page is built with " + process.argv.slice(2).join(" "));`;
const started: ChildProcess[] = [];

/** All processes below one, itself included. */
function withDescendants(pid: number): readonly number[] {
  const found = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
  return [pid, ...(found.stdout.match(/\d+/gu) ?? []).flatMap((each) => withDescendants(Number(each)))];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Starts a program in the user's folder. */
function begin(project: TestProject, command: string, ...args: readonly string[]) {
  const child = spawn(command, args, {
    cwd: project.mine,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, INIT_CWD: project.mine, PATH: join(project.root, "bin") + delimiter + process.env["PATH"] },
  });
  started.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text: Buffer) => (output.stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output.stderr += text.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const ready = vi.waitUntil(() => /rpcdeck ready (\S+)\n/u.exec(output.stdout)?.[1], { timeout: 30_000, interval: 50 });
  ready.catch(() => undefined); // whoever waits for it hears of it
  return { child, output, ended, ready };
}

const launch = (project: TestProject, ...args: readonly string[]) =>
  begin(project, process.execPath, join(project.root, "scripts/launch.cjs"), ...args);

/** Processes of a test, so that a failed one leaves none behind even where their parents are gone. */
const seen = new Set<number>();

function processesOf(child: ChildProcess): readonly number[] {
  const pids = child.pid === undefined ? [] : withDescendants(child.pid);
  for (const pid of pids) seen.add(pid);
  return pids;
}

afterEach(() => {
  for (const child of started.splice(0)) if (child.exitCode === null && child.signalCode === null) processesOf(child);
  for (const pid of seen) if (isAlive(pid)) process.kill(pid, "SIGKILL");
  seen.clear();
});

test("an unknown command says which there are, and every npm script names one of them", () => {
  const ended = spawnSync(process.execPath, [join(root, "scripts/launch.cjs"), "strat"], { encoding: "utf8" });
  expect(ended.status).toBe(2);
  const names = /^unknown command strat; there are (.*)$/mu.exec(ended.stderr)?.[1]?.split(", ") ?? [];
  const scripts = Object.values(
    (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> }).scripts,
  );
  const launched = scripts.flatMap((script) => /^node scripts\/launch\.cjs (\S+)/u.exec(script)?.[1] ?? []);
  expect(launched.length).toBeGreaterThan(10);
  expect(names).toEqual(expect.arrayContaining(launched));
});

onUnix("start hands its arguments on, takes paths from where the user is, and opens the page", async () => {
  using project = createTestProject(quickBuild);
  project.write("mine/my.json", JSON.stringify({ listen: "127.0.0.1:0", "no-demo": true }));
  mkdirSync(join(project.root, "bin"));
  for (const opener of ["xdg-open", "open"]) {
    project.write(`bin/${opener}`, `#!/bin/sh\necho "$1" > "${project.mine}/opened"\n`);
    chmodSync(join(project.root, "bin", opener), 0o755);
  }

  const { child, output, ended, ready } = launch(project, "start", "--config", "my.json", "--open");
  const address = await ready;
  expect(await (await fetch(`${address}/-/healthz`)).text()).toBeTruthy();
  await vi.waitFor(() => expect(readFileSync(join(project.mine, "opened"), "utf8")).toBe(`${address}\n`), { timeout: 10_000 });
  const built = output.stderr.indexOf("the page is built with --if-needed");
  expect(built).toBeGreaterThanOrEqual(0);
  expect(output.stderr.slice(built)).toMatch(/^\[\d+\.\d s\] starting the gateway$/mu);

  const pids = processesOf(child);
  expect(pids.length).toBe(2);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(pids.filter(isAlive)).toEqual([]);
});

onUnix("a signal to npm alone leaves neither launcher, gateway nor demo server behind", async () => {
  using project = createTestProject(quickBuild);
  const { child, ready } = begin(project, "npm", "start", "--", "--listen", "127.0.0.1:0");
  await ready;
  const pids = processesOf(child);
  expect(pids.length).toBeGreaterThan(8); // npm, the launcher, the gateway and 6 demo servers
  child.kill("SIGTERM");
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 20_000, interval: 100 });
});

test("wrong flags end with the gateway's own code", async () => {
  using project = createTestProject(quickBuild);
  const { output, ended } = launch(project, "start", "--nope");
  expect(await ended).toBe(2);
  expect(output.stderr).toContain("--nope");
});

test("a step that fails ends the command with its code, and the gateway is not started", async () => {
  using project = createTestProject("process.exit(3);");
  const { output, ended } = launch(project, "start", "--version");
  expect(await ended).toBe(3);
  expect(output).toEqual({ stdout: "", stderr: "" });
});

test("missing dependencies are installed first, and it says so with the time that went by", async () => {
  using project = createTestProject(quickBuild);
  project.write("package-lock.json", "{}");
  // What npm would do, and what it was asked.
  project.write(
    "npm.cjs",
    `require("fs").writeFileSync("node_modules/.package-lock.json", "{}"); console.log(process.cwd(), process.argv.slice(2).join(" "));`,
  );
  const first = launchWithNpm(project);
  expect(first.stdout).toMatch(/^rpcdeck \d+\.\d+\.\d+\n$/u);
  expect(first.stderr).toMatch(/^\[\d+\.\d s\] installing dependencies/mu);
  expect(first.stderr).toContain(" ci --loglevel=error");
  expect(first.stderr).toMatch(/^\[\d+\.\d s\] dependencies installed$/mu);
  expect(launchWithNpm(project).stderr).not.toContain("installing");
});

function launchWithNpm(project: TestProject) {
  return spawnSync(process.execPath, [join(project.root, "scripts/launch.cjs"), "start", "--version"], {
    cwd: project.mine,
    env: { ...process.env, npm_execpath: join(project.root, "npm.cjs") },
    encoding: "utf8",
  });
}
