// Programs of others that the runs here need, built once with Go into an ignored folder, by exact version.
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";
import { root, run, seconds } from "../scripts/steps.ts";

/** Where they are put. */
export const bin = join(root, "conformance/bin");

/**
 * Installs main packages of one module version into `folder`, unless they are there. Without Go, or when they cannot be built, it prints
 * why, a line of totals, and ends the program: with 0 where there is no Go and REQUIRE_PEERS=1 does not ask for it, else with 1.
 */
export async function installPrograms(packages: readonly string[], version: string, folder: string, command: string): Promise<void> {
  if (packages.every((path) => existsSync(join(folder, basename(path))))) return;
  const started = performance.now();
  const { code, output } = await run(
    "go",
    ["install", ...packages.map((path) => `${path}@${version}`)],
    { quiet: true, env: { GOBIN: folder } }, // some of these programs have plain names: a folder of their own
  );
  if (code === 0) {
    console.log(`${packages.length} programs of ${version} built in ${seconds(started)}`);
    return;
  }
  const mayBeMissing = code === 127 && process.env["REQUIRE_PEERS"] !== "1";
  console.log(code === 127 ? `no Go toolchain on PATH: ${command} needs it to build its counterparts` : output);
  console.log(`${command}: 0 passed, ${mayBeMissing ? "0 failed, 1 skipped" : "1 failed"}`);
  process.exit(mayBeMissing ? 0 : 1);
}
