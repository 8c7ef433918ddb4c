// What .ci/run runs: every command that proves something, in short form where there is one, each with its own summary; at the end what
// failed, by name, and the sum of them all. Commands that package.json does not have are left out. `.ci/run NAME...` runs these only.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { printedFailures } from "./failures.ts";
import { root, run, seconds } from "./steps.ts";
import { sumOf, tallyOf } from "./tally.ts";

const minute = 60_000;
/** In the order of how soon they tell; a limit is a multiple of what they take, so that nothing hangs for good. */
const parts: readonly { readonly script: string; readonly args?: readonly string[]; readonly limitMs: number }[] = [
  { script: "check", limitMs: 10 * minute },
  { script: "test", limitMs: 25 * minute },
  { script: "interop", limitMs: 5 * minute },
  { script: "verify:wire", limitMs: 5 * minute },
  { script: "verify:protoc", limitMs: 10 * minute },
  { script: "faults", args: ["--short"], limitMs: 15 * minute },
  { script: "floods", args: ["--short"], limitMs: 15 * minute },
  // The legs that differ most; the others ask the same of other backends, and are run by hand (docs/proof/conformance.md).
  { script: "conformance", args: ["grpc", "connect", "tunnel", "own-services"], limitMs: 30 * minute },
];
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Readonly<Record<string, string>> };

const started = performance.now();
const lines: string[] = [];
const tallies = [];
const failures: string[] = [];
const chosen = process.argv.slice(2);
for (const { script, args = [], limitMs } of parts) {
  if (scripts[script] === undefined || (chosen.length > 0 && !chosen.includes(script))) continue;
  const command = `npm run ${[script, ...(args.length === 0 ? [] : ["--", ...args])].join(" ")}`;
  console.log(`\n==== ${command}`);
  const partStarted = performance.now();
  const { code, output } = await run("npm", ["run", "--silent", script, "--", ...args], { collect: true, timeoutMs: limitMs });
  const tally = tallyOf(output, code);
  tallies.push(tally);
  failures.push(...printedFailures(output));
  const skipped = tally.skipped === 0 ? "" : `, ${tally.skipped} skipped`;
  lines.push(`${command}: ${tally.passed} passed, ${tally.failed} failed${skipped} (${seconds(partStarted)})`);
}
console.log(`\n==== all, in ${seconds(started)}`);
for (const line of [...failures, ...lines]) console.log(line);
const { passed, failed } = sumOf(tallies);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
