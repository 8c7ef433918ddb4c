// Runs every test: unit, property and gateway tests (Vitest), then component specs and journeys in a real browser (Playwright).
// `npm test -- unit` or `npm test -- browser` runs one half. REQUIRE_PEERS=1 turns a missing peer into a failure.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { type Failure, playwrightFailures, printFailure, vitestFailures } from "./failures.ts";
import { findChromium } from "./find-chromium.ts";
import { root, run, seconds } from "./steps.ts";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const halves = new Set(process.argv.slice(2));
const wanted = (half: "unit" | "browser"): boolean => halves.size === 0 || halves.has(half);
const requirePeers = process.env["REQUIRE_PEERS"] === "1";
const started = performance.now();
const total: Tally = { passed: 0, failed: 0, skipped: 0 };
const failures: Failure[] = [];
const work = mkdtempSync(join(tmpdir(), "rpcdeck-test-"));

try {
  if (wanted("unit")) {
    await runPart("building the Go peers", () => peers());
    await runPart("unit, property and gateway tests", () => vitest());
  }
  if (wanted("browser")) {
    await runPart("building the page", () => build());
    await runPart("component specs and journeys in a browser", () => browser());
  }
} finally {
  rmSync(work, { recursive: true });
}
for (const failure of failures) console.log(printFailure(failure));
console.log(`finished in ${seconds(started)}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

async function runPart(title: string, part: () => Promise<Tally>): Promise<void> {
  console.log(`\n== ${title}`);
  const tally = await part();
  total.passed += tally.passed;
  total.failed += tally.failed;
  total.skipped += tally.skipped;
}

async function peers(): Promise<Tally> {
  const { code } = await run(process.execPath, ["peers/build.ts"]);
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function vitest(): Promise<Tally> {
  const report = join(work, "vitest.json");
  const { code } = await run(process.execPath, [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  const result = readJson(report) as
    | ({ numPassedTests: number; numFailedTests: number; numPendingTests: number } & Parameters<typeof vitestFailures>[0])
    | undefined;
  if (result === undefined) return { passed: 0, failed: 1, skipped: 0 };
  failures.push(...vitestFailures(result, root));
  // A broken file or an unhandled error fails the run without failing a test.
  const failed = result.numFailedTests > 0 ? result.numFailedTests : code === 0 ? 0 : 1;
  return { passed: result.numPassedTests, failed, skipped: result.numPendingTests };
}

async function build(): Promise<Tally> {
  const { code } = await run(process.execPath, ["scripts/build-web.ts", "--if-needed"]);
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function browser(): Promise<Tally> {
  if (findChromium() === undefined) {
    console.log("no Chromium or Chrome found (CHROMIUM_PATH names one; Debian: apt install chromium): browser tests are skipped");
    return { passed: 0, failed: requirePeers ? 1 : 0, skipped: 1 };
  }
  const report = join(work, "playwright.json");
  const { code } = await run(process.execPath, [join(root, "node_modules/@playwright/test/cli.js"), "test"], {
    env: { PLAYWRIGHT_JSON: report },
  });
  const result = readJson(report) as
    | ({ stats: { expected: number; unexpected: number; flaky: number; skipped: number } } & Parameters<typeof playwrightFailures>[0])
    | undefined;
  if (result === undefined) return { passed: 0, failed: 1, skipped: 0 };
  failures.push(...playwrightFailures(result));
  const failed = result.stats.unexpected + result.stats.flaky;
  return { passed: result.stats.expected, failed: failed > 0 ? failed : code === 0 ? 0 : 1, skipped: result.stats.skipped };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // The runner died before it wrote its report: the caller counts that as a failure.
    return undefined;
  }
}
