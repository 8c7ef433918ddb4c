// h2spec (github.com/summerwind/h2spec) against the gateway and against bare node:http2 in one run: node decides how most broken frames are
// met, and the gateway must not be worse.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPrograms } from "../conformance/go-programs.ts";
import { startProbedGateway } from "../faults/gateway.ts";
import type { Tally } from "../faults/report.ts";
import { listen } from "@rpcdeck/testkit";
import { root, run } from "../scripts/steps.ts";

const bin = join(root, "floods/bin");
const version = "v2.2.1+incompatible";
/** Time h2spec waits for an answer, in seconds. */
const answerSeconds = "1";
/** Some cases depend on which of two frames is read first, with node too: one passes that passes in one of so many rounds, for both alike. */
const rounds = 3;
/** Left out: the gateway's port speaks HTTP/1.1 as well, and refuses what is no preface in its words. */
const notComparable = "http2/3.5 Sends invalid connection preface";

interface Result {
  readonly passed: ReadonlySet<string>;
  readonly cases: number;
}

/** Runs it against both and compares. */
export async function runH2spec(tally: Tally): Promise<void> {
  await installPrograms(["github.com/summerwind/h2spec/cmd/h2spec"], version, bin, "floods");
  const bare = http2.createServer((_request, response) => {
    response.end("ok");
  });
  bare.on("sessionError", () => {}); // broken frames are what is sent
  const server = await listen(bare);
  const ofNode = await inRounds(server.port);
  await server.close();
  await using gateway = await startProbedGateway([]);
  const ofGateway = await inRounds(gateway.port);
  console.log(`bare node:http2: ${ofNode.passed.size} of ${ofNode.cases} passed`);
  console.log(`the gateway:     ${ofGateway.passed.size} of ${ofGateway.cases} passed`);
  for (const name of ofNode.passed) if (!ofGateway.passed.has(name)) console.log(`  only node passes: ${name}`);
  for (const name of ofGateway.passed) if (!ofNode.passed.has(name)) console.log(`  only the gateway passes: ${name}`);
  tally.check("h2spec ran", ofGateway.cases < 100 ? `only ${ofGateway.cases} cases` : undefined);
  tally.check(
    "h2spec",
    ofGateway.passed.size < ofNode.passed.size ? `${ofGateway.passed.size} pass, ${ofNode.passed.size} with bare node:http2` : undefined,
  );
  tally.check("h2spec: exceptions", gateway.uncaught().length > 0 ? gateway.uncaught().join("\n") : undefined);
}

async function inRounds(port: number): Promise<Result> {
  let all: Result = { passed: new Set(), cases: 0 };
  for (let round = 0; round < rounds; round++) {
    const one = await h2spec(port);
    all = { passed: new Set([...all.passed, ...one.passed]), cases: Math.max(all.cases, one.cases) };
  }
  return all;
}

async function h2spec(port: number): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "rpcdeck-h2spec-"));
  const report = join(folder, "report.xml");
  try {
    // Its exit code says that something failed, which something always does.
    await run(join(bin, "h2spec"), ["-h", "127.0.0.1", "-p", String(port), "-o", answerSeconds, "-j", report], { quiet: true });
    return resultFrom(readFileSync(report, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a JUnit report says: a case without a failure, error or skip inside passed. */
function resultFrom(xml: string): Result {
  const passed = new Set<string>();
  let cases = 0;
  for (const [, attributes = "", rest = ""] of xml.matchAll(/<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gsu)) {
    cases++;
    const name = `${/package="([^"]*)"/u.exec(attributes)?.[1]} ${/classname="([^"]*)"/u.exec(attributes)?.[1]}`;
    if (name !== notComparable && !/<(?:failure|error|skipped)/u.test(rest)) passed.add(name);
  }
  return { passed, cases };
}
