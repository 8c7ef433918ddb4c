// `npm run floods [-- --only PART] [-- --flood KIND] [-- --assert-times]`: what HTTP/2 and HTTP/1.1 floods do to the shipped gateway in a process of
// its own, while an honest caller goes on beside them. Parts: floods (shipped limits), slow (callers that only hold connections, short
// timers), h2spec (the suite of that name against the gateway and against bare node:http2; needs Go once). `npm run floods -- h2spec` runs
// the last part alone. Prints tables and one line of totals; exits non-zero when a claim does not hold. Milliseconds are printed, and
// count only with --assert-times.
import { createTally } from "../faults/report.ts";
import { seconds } from "../scripts/steps.ts";
import { openArena } from "./arena.ts";
import { runFloods } from "./run-floods.ts";
import { runH2spec } from "./run-h2spec.ts";
import { runSlowCallers, slowFlags } from "./run-slow-callers.ts";

const args = process.argv.slice(2);
const valueOf = (flag: string): string | undefined => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const only = args.includes("h2spec") ? "h2spec" : valueOf("--only");
const isShort = args.includes("--short");
const startedMs = performance.now();
const tally = createTally();

const parts: readonly { readonly name: string; readonly title: string; readonly run: () => Promise<void> }[] = [
  { name: "floods", title: "floods, shipped limits", run: floods },
  { name: "slow", title: "slow callers, short timers", run: slow },
  { name: "h2spec", title: "h2spec, beside bare node:http2", run: () => runH2spec(tally) },
];
const chosen = parts.filter(({ name }) => only === undefined || name === only);
if (chosen.length === 0) {
  console.log(`--only takes one of: ${parts.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
for (const { title, run } of chosen) {
  console.log(`\n== ${title}`);
  await run();
}
console.log(`\nfinished in ${seconds(startedMs)}`);
tally.finish("floods");

async function floods(): Promise<void> {
  await using arena = await openArena([]);
  const limits = {
    runs: isShort ? 3 : 10,
    maxDispatched: 200,
    maxGrowthBytes: 32 * 1024 * 1024,
    closeWithinMs: 1_000,
    neighbourP99Ms: 100,
    only: valueOf("--flood"),
    assertTimes: args.includes("--assert-times"),
  };
  console.log(
    `limits: ${limits.maxDispatched} calls taken, cut off within ${limits.closeWithinMs} ms, memory + 32 MiB, p99 of an honest caller ${limits.neighbourP99Ms} ms`,
  );
  await runFloods(arena, limits, tally);
}

async function slow(): Promise<void> {
  await using arena = await openArena(slowFlags);
  await runSlowCallers(arena, tally);
}
