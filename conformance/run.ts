// `npm run conformance [-- LEG... [OPTION...]]`: the official Connect conformance suite against the gateway, in legs; all of them when none is named.
// Prints one line per leg and one line of totals; exits non-zero when a case fails. Known-failing lists are empty on purpose.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { root, run, seconds } from "../scripts/steps.ts";
import { compileProtos } from "./compile-protos.ts";
import { bin, installPrograms } from "./go-programs.ts";
import { conformanceLegs, type Leg } from "./legs.ts";
import { readVerdict, type Verdict } from "./verdict.ts";

const version = "v1.0.5";
const descriptors = join(bin, "conformance.binpb");
/** A leg that takes longer hangs. */
const legLimitMs = 20 * 60_000;
/** How much of the report of a leg that failed is shown. */
const shownCharacters = 20_000;

// Options of the suite's runner, such as `--run PATTERN`, come after the names of legs.
const firstOption = process.argv.findIndex((argument) => argument.startsWith("-"));
const names = process.argv.slice(2, firstOption === -1 ? undefined : firstOption);
const options = firstOption === -1 ? [] : process.argv.slice(firstOption);
const unknown = names.filter((name) => !conformanceLegs.some((leg) => leg.name === name));
if (unknown.length > 0) {
  console.log(`there is no leg ${unknown.join(", ")}; there are ${conformanceLegs.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

await prepare();
const verdicts = await runLegs(conformanceLegs.filter(({ name }) => names.length === 0 || names.includes(name)));
const sum = (of: keyof Verdict): number => verdicts.reduce((total, verdict) => total + verdict[of], 0);
console.log(`conformance: ${sum("passed")} passed, ${sum("failed")} failed`);
process.exit(sum("failed") === 0 && sum("passed") > 0 ? 0 : 1);

/** Two legs at a time: a leg alone leaves a core idle half of the time. */
async function runLegs(legs: readonly Leg[]): Promise<readonly Verdict[]> {
  const waiting = [...legs];
  const verdicts: Verdict[] = [];
  const worker = async (): Promise<void> => {
    for (let leg = waiting.shift(); leg !== undefined; leg = waiting.shift()) verdicts.push(await runLeg(leg));
  };
  await Promise.all([worker(), worker()]);
  return verdicts;
}

async function runLeg({ name, mode, program, env }: Leg): Promise<Verdict> {
  const started = performance.now();
  const conf = join(root, `conformance/features/${name}.yaml`);
  // The runner allows a server 10 s to start, so that only few may start at once.
  const args = ["--mode", mode, "--conf", conf, "--max-servers", "2", ...options, "--", process.execPath, program];
  const ran = await run(join(bin, "connectconformance"), args, {
    quiet: true,
    timeoutMs: legLimitMs,
    env: { ...env, DESCRIPTORS: descriptors },
  });
  const verdict = readVerdict(ran.output, ran.code);
  if (verdict.failed > 0) console.log(ran.output.slice(-shownCharacters));
  console.log(`${name}: ${verdict.passed} passed, ${verdict.failed} failed (${seconds(started)})`);
  return verdict;
}

/** Installs the suite's programs with Go and compiles its protos, once. */
async function prepare(): Promise<void> {
  const programs = ["connectconformance", "referenceserver", "grpcserver"].map((name) => `connectrpc.com/conformance/cmd/${name}`);
  await installPrograms(programs, version, bin, "conformance");
  if (existsSync(descriptors)) return;
  const cache = (await run("go", ["env", "GOMODCACHE"], { quiet: true })).output.trim() || join(homedir(), "go/pkg/mod");
  const files = ["client_compat", "config", "server_compat", "service", "suite"].map((name) => `connectrpc/conformance/v1/${name}.proto`);
  await compileProtos(join(cache, `connectrpc.com/conformance@${version}/proto`), files, descriptors);
}
