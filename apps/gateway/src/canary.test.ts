// Forbidden addresses against a canary that sits on them: what counts is that no packet came, whatever was answered.
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { CanaryReport } from "./test-canary.ts";

const namespace = `rpcdeck-${process.pid}`;
const ip = (...args: string[]): void => void execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
const hasNamespaces = spawnSync("ip", ["netns", "add", namespace], { stdio: "ignore" }).status === 0;
if (!hasNamespaces) process.stderr.write("canary.test.ts is skipped: it needs root and ip (iproute2) for a network namespace of its own\n");

test.skipIf(!hasNamespaces)(
  "no spelling of a forbidden address is called, however it is named, and redirects are not followed",
  { timeout: 120_000 },
  () => {
    try {
      ip("-n", namespace, "link", "set", "lo", "up");
      for (const address of ["169.254.169.254", "169.254.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "10.9.8.7"]) {
        ip("-n", namespace, "addr", "add", `${address}/32`, "dev", "lo");
      }
      for (const address of ["fd00:ec2::254", "fd20:ce::254", "fe80::1", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"]) {
        ip("-n", namespace, "-6", "addr", "add", `${address}/128`, "dev", "lo");
      }
      const program = fileURLToPath(new URL("test-canary.ts", import.meta.url));
      const output = execFileSync("ip", ["netns", "exec", namespace, process.execPath, program], { encoding: "utf8", timeout: 60_000 });
      const report = JSON.parse(output) as CanaryReport;
      process.stderr.write(`canary: ${report.named} forbidden addresses named, answers ${JSON.stringify(report.codes)}\n`);
      expect(report.forbidden).toBe(0);
      expect(report.allowed).toBeGreaterThan(0);
      expect(report.named).toBeGreaterThan(400);
      // One text for all refusals, whether or not something listens there; the other texts are those of addresses that are none.
      expect(report.texts.filter((text) => !text.startsWith("target "))).toEqual([
        "X: this gateway does not call link-local, metadata or reserved addresses",
      ]);
    } finally {
      ip("netns", "del", namespace);
    }
  },
);
