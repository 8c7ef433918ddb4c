import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { root } from "./steps.ts";

const folder = mkdtempSync(join(tmpdir(), "rpcdeck-lock-"));
const lock = join(folder, "package-lock.json");
mkdirSync(join(folder, "scripts"));
copyFileSync(join(root, "scripts/complete-lock.mjs"), join(folder, "scripts/complete-lock.mjs"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => copyFileSync(join(root, "package-lock.json"), lock));

const complete = (...args: string[]) => spawnSync(process.execPath, [join(folder, "scripts/complete-lock.mjs"), ...args]).status;

test("leaves a complete lock file alone, so that the next command does not install everything again", () => {
  const { mtimeMs } = statSync(lock);
  expect([complete(), complete("--check")]).toEqual([0, 0]);
  expect(statSync(lock).mtimeMs).toBe(mtimeMs);
});

test("finds a package of another platform that is missing, and adds it", () => {
  const whole = readFileSync(lock, "utf8");
  const { packages, ...rest } = JSON.parse(whole) as { packages: Record<string, { resolved?: string; optional?: boolean; os?: string[] }> };
  const added = Object.entries(packages).find(
    ([, entry]) => entry.optional === true && entry.os !== undefined && entry.resolved === undefined,
  );
  expect(added).toBeDefined();
  delete packages[added![0]];
  const cut = `${JSON.stringify({ ...rest, packages }, null, 2)}\n`;
  writeFileSync(lock, cut);
  expect(complete("--check")).toBe(1);
  expect(readFileSync(lock, "utf8")).toBe(cut);
  expect(complete()).toBe(0);
  expect(JSON.parse(readFileSync(lock, "utf8"))).toEqual(JSON.parse(whole));
});
