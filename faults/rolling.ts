// Two replicas behind HAProxy, under load all the time: each is restarted in turn with SIGTERM, and one is killed. Calls go over HTTP/1.1
// (Connect) and over HTTP/2 (gRPC), unary and server streams.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { answerWell, startFaultBackend } from "./backend.ts";
import { createCallers, type CallerName, type CallResult } from "./callers.ts";
import { startProbedGateway, type ProbedGateway } from "./gateway.ts";
import { countTexts, percentile, row, type Tally } from "./report.ts";

/** How the rolling restart is run. */
export interface RollingOptions {
  /** Callers of each protocol, each with one call at a time. */
  readonly abreast: number;
  /** Load before the first restart, in milliseconds. */
  readonly calmMs: number;
  /** Also hold the times to their bounds. */
  readonly assertTimes: boolean;
}

interface Made {
  readonly startedMs: number;
  readonly result: CallResult;
}

/** HAProxy looks at each replica this often, and believes the second look, in milliseconds. */
const checkMs = 300;
/** The flag that fits: two looks, and one for the time they take. */
const drainWait = `${3 * checkMs}ms`;
/** A call that begins after a replica was killed must be answered within this time, in milliseconds (R11). */
const nextCallMs = 1_000;
const patienceMs = 30_000;
const deadlineMs = 20_000;
const callerNames: readonly CallerName[] = ["connect", "grpc"];
const widths = [28, -8, -8, -9, -9, 40];

/** Restarts and kills replicas under load. Needs haproxy. */
export async function runRolling(options: RollingOptions, tally: Tally): Promise<void> {
  if (spawnSync("haproxy", ["-v"]).status !== 0)
    return tally.skip("rolling restart", "haproxy is not installed (Debian: apt install haproxy)");
  const backend = await startFaultBackend(answerWell);
  const ports = [await freePort(), await freePort()] as const;
  const replicas: (ProbedGateway | undefined)[] = [];
  const start = async (at: 0 | 1): Promise<void> => {
    replicas[at] = await startProbedGateway(["--drain-wait", drainWait], ports[at]);
  };
  await Promise.all([start(0), start(1)]);
  const balancer = await startHaproxy(ports);
  const load = startLoad(balancer, `grpc://127.0.0.1:${backend.port}`, options.abreast);
  try {
    await balancer.isUp("both");
    row(widths, ["phase", "calls", "failed", "p50 ms", "p99 ms", "status"]);
    load.take(); // compiles code
    await sleep(options.calmMs);
    const calm = report("calm", load.take());
    for (const at of [0, 1] as const) {
      const name = `SIGTERM to replica ${at + 1}`;
      await end(replicas[at], "SIGTERM");
      await start(at);
      await balancer.isUp("both");
      const made = load.take();
      const p99 = report(name, made);
      tally.check(`${name}: no call fails`, firstFailure(made));
      tally.check(`${name}: calls were made`, made.length > options.abreast ? undefined : `only ${made.length}`);
      if (options.assertTimes) {
        tally.check(
          `${name}: p99 at most twice as long`,
          p99 <= 2 * calm ? undefined : `${p99.toFixed(0)} ms, ${calm.toFixed(0)} ms before`,
        );
      }
    }
    await end(replicas[0], "SIGKILL");
    const killedMs = performance.now();
    await balancer.isUp("one");
    await sleep(options.calmMs / 2);
    const made = load.take();
    report("kill -9 of replica 1", made);
    const later = made.filter(({ startedMs }) => startedMs > killedMs);
    const slowest = Math.max(0, ...later.map(({ result }) => result.elapsedMs));
    console.log(`  calls begun after the kill: ${later.length}, the slowest took ${slowest.toFixed(0)} ms`);
    tally.check("kill -9: no call fails that begins later", firstFailure(later));
    tally.check("kill -9: calls were made", later.length > options.abreast ? undefined : `only ${later.length}`);
    if (options.assertTimes) {
      tally.check(`kill -9: the next calls take ${nextCallMs} ms at most`, slowest <= nextCallMs ? undefined : `${slowest.toFixed(0)} ms`);
    }
    await start(0);
    await load.stop();
    const twice = [...backend.executions.values()].filter((count) => count > 1).length;
    tally.check("nothing is executed twice", twice === 0 ? undefined : `${twice} calls were`);
  } finally {
    await load.stop();
    await balancer.stop();
    for (const replica of replicas) await replica?.[Symbol.asyncDispose]();
    await backend.close();
  }
}

function report(phase: string, made: readonly Made[]): number {
  const times = made.map(({ result }) => result.elapsedMs);
  const failed = made.filter(({ result }) => result.status !== "ok").length;
  const p99 = percentile(times, 0.99);
  const statuses = countTexts(made.map(({ result }) => result.status));
  row(widths, [phase, String(made.length), String(failed), percentile(times, 0.5).toFixed(0), p99.toFixed(0), statuses]);
  return p99;
}

function firstFailure(made: readonly Made[]): string | undefined {
  const failed = made.filter(({ result }) => result.status !== "ok");
  const first = failed[0]?.result;
  return first === undefined ? undefined : `${failed.length} of ${made.length}, the first with ${first.status} (${first.message})`;
}

async function end(replica: ProbedGateway | undefined, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (replica === undefined) throw new Error("the replica does not run");
  const ended = once(replica.child, "exit");
  replica.child.kill(signal);
  await ended;
}

interface Load {
  /** The calls that ended since the last time. */
  take(): readonly Made[];
  stop(): Promise<void>;
}

/** Calls without a pause until it is stopped. */
function startLoad(balancer: Balancer, target: string, abreast: number): Load {
  let made: Made[] = [];
  let isOver = false;
  let id = 0;
  const callers = callerNames.map((name) => ({ name, callers: createCallers(name === "grpc" ? balancer.h2 : balancer.h1) }));
  const loops = callers.flatMap(({ name, callers: own }) =>
    Array.from({ length: abreast }, async () => {
      while (!isOver) {
        const startedMs = performance.now();
        const kind = ++id % 4 === 0 ? "server stream" : "unary";
        const result = await own.call(name, { kind, target, id: `rolling-${id}`, deadlineMs });
        made.push({ startedMs, result });
      }
    }),
  );
  return {
    take() {
      const taken = made;
      made = [];
      return taken;
    },
    async stop() {
      isOver = true;
      await Promise.all(loops);
      for (const { callers: own } of callers) own.close();
    },
  };
}

interface Balancer {
  /** Base URLs for callers over HTTP/1.1 and over HTTP/2. */
  readonly h1: string;
  readonly h2: string;
  /** Resolves when it takes so many replicas for well. */
  isUp(wanted: "both" | "one"): Promise<void>;
  stop(): Promise<void>;
}

async function startHaproxy(replicas: readonly [number, number]): Promise<Balancer> {
  const folder = mkdtempSync(join(tmpdir(), "rpcdeck-haproxy-"));
  const [h1, h2] = [await freePort(), await freePort()];
  const socket = join(folder, "stats.sock");
  const servers = (more: string): string =>
    replicas.map((port, at) => `  server r${at + 1} 127.0.0.1:${port} check inter ${checkMs}ms fall 2 rise 2 ${more}`).join("\n");
  const config = `global
  stats socket ${socket} level user
defaults
  mode http
  option httpchk GET /-/readyz
  option redispatch 1
  retries 2
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
frontend http1
  bind 127.0.0.1:${h1}
  default_backend over_http1
frontend http2
  bind 127.0.0.1:${h2} proto h2
  default_backend over_http2
backend over_http1
${servers("")}
backend over_http2
${servers("proto h2 check-proto h1")}
`;
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, config);
  const child: ChildProcess = spawn("haproxy", ["-db", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
  const ended = once(child, "exit");
  return {
    h1: `http://127.0.0.1:${h1}`,
    h2: `http://127.0.0.1:${h2}`,
    async isUp(wanted) {
      const count = { both: replicas.length, one: 1 }[wanted] * 2;
      const untilMs = performance.now() + patienceMs;
      while ((await serversUp(socket)) !== count) {
        if (performance.now() > untilMs)
          throw new Error(`HAProxy did not see ${wanted} of the replicas within ${patienceMs / 1000} s:\n${output}`);
        await sleep(checkMs / 3);
      }
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

/** How many of HAProxy's servers it takes for well; undefined while it does not answer. */
async function serversUp(path: string): Promise<number | undefined> {
  const stats = connect(path);
  stats.write("show stat\n");
  const lines = await text(stats).catch(() => undefined);
  return lines?.split("\n").filter((line) => /^over_http[12],r\d,/u.test(line) && line.split(",")[17] === "UP").length;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
