// `npm run faults [-- PART] [-- --short] [-- --assert-times] [-- --fault TEXT]`: what the gateway does when backends misbehave. Parts: matrix (every
// fault, short pool timers), defaults (every fault once, shipped timers), rolling (replicas behind HAProxy are restarted and killed), paused
// (a backend pushes 1 GiB at callers that do not read), streams (100 server streams at once for a minute). Prints a table and one line of
// totals; exits non-zero when a claim does not hold. Milliseconds are printed, and count only with --assert-times.
import { startProbedGateway } from "./gateway.ts";
import { runMatrix } from "./matrix.ts";
import { runPaused } from "./paused.ts";
import { createTally } from "./report.ts";
import { runRolling } from "./rolling.ts";
import { runStreams } from "./streams.ts";
import { seconds } from "../scripts/steps.ts";

const args = process.argv.slice(2);
const isShort = args.includes("--short");
const assertTimes = args.includes("--assert-times");
const only = args.includes("--only")
  ? args[args.indexOf("--only") + 1]
  : args.find((arg, at) => !arg.startsWith("--") && args[at - 1] !== "--fault");
const fault = args.includes("--fault") ? args[args.indexOf("--fault") + 1] : undefined;
const shortTimers = "--connect-timeout 2s --idle-close 300ms --keepalive-silence 1s --keepalive-timeout 1s";
const startedMs = performance.now();
const tally = createTally();

const parts: readonly { readonly name: string; readonly title: string; readonly isLong?: true; readonly run: () => Promise<void> }[] = [
  { name: "matrix", title: "every fault, short pool timers", run: matrix },
  { name: "defaults", title: "every fault once, shipped pool timers", isLong: true, run: shippedDefaults },
  { name: "paused", title: "a backend pushes while nobody reads", run: paused },
  { name: "streams", title: "100 server streams at once", run: streams },
  { name: "rolling", title: "two replicas behind HAProxy, restarted in turn under load, and one killed", run: rolling },
];
const chosen = parts.filter(({ name, isLong }) => (only === undefined ? !(isShort && isLong === true) : name === only));
if (chosen.length === 0) {
  console.log(`the parts are: ${parts.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
for (const { title, run } of chosen) {
  console.log(`\n== ${title}`);
  await run();
}
console.log(`\nfinished in ${seconds(startedMs)}`);
tally.finish("faults");

async function matrix(): Promise<void> {
  await using gateway = await startProbedGateway(shortTimers.split(" "));
  await runMatrix(
    gateway,
    {
      runs: isShort ? 6 : 30,
      abreast: isShort ? 6 : 10,
      deadlineMs: 5_000,
      shortDeadlineMs: 800,
      connectMs: 2_000,
      deadPeerMs: 2_500,
      settleMs: 8_000,
      only: fault,
      assertTimes,
    },
    tally,
  );
}

async function paused(): Promise<void> {
  await using gateway = await startProbedGateway(shortTimers.split(" "));
  await runPaused(gateway, isShort ? { bytes: 128 * 1024 * 1024, pauseMs: 3_000 } : { bytes: 1024 * 1024 * 1024, pauseMs: 60_000 }, tally);
}

async function streams(): Promise<void> {
  await using gateway = await startProbedGateway(shortTimers.split(" "));
  await runStreams(gateway, { durationMs: isShort ? 5_000 : 60_000, settleMs: 8_000 }, tally);
}

function rolling(): Promise<void> {
  return runRolling({ abreast: 8, calmMs: isShort ? 2_000 : 5_000, assertTimes }, tally);
}

async function shippedDefaults(): Promise<void> {
  await using gateway = await startProbedGateway([]);
  // A silent peer is found after 20 s of silence and 20 s without an answer to the PING, looked at every 5 s.
  await runMatrix(
    gateway,
    {
      runs: 1,
      abreast: 1,
      deadlineMs: 60_000,
      shortDeadlineMs: 5_000,
      connectMs: 5_000,
      deadPeerMs: 50_000,
      settleMs: 8_000,
      only: fault,
      assertTimes,
    },
    tally,
  );
}
