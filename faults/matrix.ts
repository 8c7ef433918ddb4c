import type { CallKind, Leg } from "./backend.ts";
import { createCallers, type CallResult } from "./callers.ts";
import { callerOf, faults, type Cell, type Fault, type FaultTarget } from "./fault-list.ts";
import type { ProbedGateway } from "./gateway.ts";
import type { Held } from "./gateway-probe.ts";
import { countTexts, mib, percentile, row, type Tally } from "./report.ts";

/** How the matrix is run. */
export interface MatrixOptions {
  /** Runs of each fault, for each leg and kind. */
  readonly runs: number;
  /** Calls side by side, for each leg and kind. */
  readonly abreast: number;
  /** Deadline of calls that should end by themselves, and of those that only a deadline ends, in milliseconds. */
  readonly deadlineMs: number;
  readonly shortDeadlineMs: number;
  /** The gateway's own --connect-timeout, and the most that finding a dead connection takes by its timers, in milliseconds. */
  readonly connectMs: number;
  readonly deadPeerMs: number;
  /** How long sockets and timers may take to go, in milliseconds: the gateway's --idle-close and what comes on top. */
  readonly settleMs: number;
  /** Only faults with this in their name; default all. */
  readonly only: string | undefined;
  /** Also hold the times to their bounds. */
  readonly assertTimes: boolean;
}

interface Made {
  readonly cell: Cell;
  readonly result: CallResult;
  readonly executions: number;
}

const legs: readonly Leg[] = ["grpc", "connect", "grpc-web"];
const kinds: readonly CallKind[] = ["unary", "server stream"];
const schemes: Readonly<Record<Leg, string>> = { grpc: "grpc", connect: "connect+http", "grpc-web": "grpc-web+http" };
const widths = [27, 14, 46, -8, -8, -6, -10];

/** Memory that may stay after a fault, beyond what was held before the first, in bytes. Compiled code and caches live in it. */
export const heldBoundBytes = 8 * 1024 * 1024;
/** More than any of the gateway's memories of instances holds. */
const rememberedTargets = 4_200;
const warmUpAbreast = 50;
/** What a call may take over a bound of its own, in milliseconds. Checked only with --assert-times. */
const slackMs = 250;

/** Every fault on every leg with both kinds: status, executions, and what the gateway holds afterwards. */
export async function runMatrix(gateway: ProbedGateway, options: MatrixOptions, tally: Tally): Promise<void> {
  await warmUp(gateway, options);
  const base = await gateway.measure();
  row(widths, ["fault", "kind", "status", "p50 ms", "max ms", "calls", "held"]);
  for (const fault of faults.filter(({ name }) => name.includes(options.only ?? ""))) {
    const cells = legs.flatMap((leg) => kinds.map((kind) => ({ leg, kind })));
    const made = (await Promise.all(cells.map((cell) => runCell(gateway, fault, cell, options)))).flat();
    const held = await gateway.settle(
      (now) => now.sockets <= base.sockets && now.timers <= base.timers && now.heap <= base.heap + heldBoundBytes,
      options.settleMs,
    );
    for (const kind of kinds) {
      const these = made.filter(({ cell }) => cell.kind === kind);
      const times = these.map(({ result }) => result.elapsedMs);
      row(widths, [
        fault.name,
        kind,
        countTexts(these.map(({ result }) => result.status)),
        percentile(times, 0.5).toFixed(0),
        Math.max(...times).toFixed(0),
        String(these.length),
        mib(held.heap - base.heap),
      ]);
    }
    judge(fault, made, { base, held, running: await gateway.metric('rpcdeck_backend_exchanges{state="running"}') }, options, tally);
    tally.check(`${fault.name}: no uncaught exception`, gateway.uncaught()[0]);
  }
}

/**
 * Good calls of each form, so that code is compiled before anything is compared; and calls to more targets than the gateway remembers, so that
 * what it keeps of each (docs/limits.md) is there in full.
 */
async function warmUp(gateway: ProbedGateway, options: MatrixOptions): Promise<void> {
  const [good] = faults;
  const callers = createCallers(gateway.url);
  for (let first = 0; first < rememberedTargets; first += warmUpAbreast) {
    const closed = Array.from({ length: warmUpAbreast }, (_, at) => `127.9.${(first + at) >> 8}.${(first + at) & 255}:1`);
    await Promise.all(
      closed.map((address) =>
        callers.call("connect", { kind: "unary", target: `grpc://${address}`, id: "warm-up", deadlineMs: options.deadlineMs }),
      ),
    );
  }
  callers.close();
  if (good === undefined) return;
  for (const leg of legs) for (const kind of kinds) await runCell(gateway, good, { leg, kind }, { ...options, runs: options.abreast });
  await gateway.settle((held) => held.sockets <= 1, options.settleMs);
}

async function runCell(gateway: ProbedGateway, fault: Fault, cell: Cell, options: MatrixOptions): Promise<Made[]> {
  const made: Made[] = [];
  const callers = createCallers(gateway.url);
  const deadlineMs = fault.endsByDeadline === true ? options.shortDeadlineMs : options.deadlineMs;
  for (let first = 0; first < options.runs; first += options.abreast) {
    const runs = Array.from({ length: Math.min(options.abreast, options.runs - first) }, (_, at) => first + at);
    const shared = fault.isShared === true ? await fault.start(first) : undefined;
    made.push(
      ...(await Promise.all(
        runs.map(async (run) => {
          const target = shared ?? (await fault.start(run));
          const url = `${schemes[cell.leg]}://127.0.0.1:${target.port}`;
          const id = `${cell.leg}-${cell.kind}-${run}`;
          const order = { kind: cell.kind, target: url, deadlineMs };
          const result = await callers.call(callerOf(fault, run), { ...order, id });
          const executions = target.executions.get(id) ?? 0;
          const healed = await healedStatus(target, () => callers.call(callerOf(fault, run), { ...order, id: `${id}-healed` }));
          if (shared === undefined) await target.close();
          return { cell, executions, result: healed === undefined ? result : { ...result, status: `${result.status}, healed: ${healed}` } };
        }),
      )),
    );
    await shared?.close();
  }
  callers.close();
  return made;
}

/** The status of the next call once the fault is over, where it is not ok. */
async function healedStatus(target: FaultTarget, call: () => Promise<CallResult>): Promise<string | undefined> {
  if (target.heal === undefined) return undefined;
  target.heal();
  const { status, message } = await call();
  return status === "ok" ? undefined : `${status} (${message})`;
}

function judge(
  fault: Fault,
  made: readonly Made[],
  after: { readonly base: Held; readonly held: Held; readonly running: number },
  options: MatrixOptions,
  tally: Tally,
): void {
  const { base, held, running } = after;
  for (const leg of legs) {
    for (const kind of kinds) {
      const these = made.filter(({ cell }) => cell.leg === leg && cell.kind === kind);
      const expected = fault.expected({ leg, kind });
      const name = `${fault.name}, ${leg}, ${kind}`;
      const wrong = these.find(({ result }) => !expected.includes(result.status));
      tally.check(`${name}: status`, wrong && `${wrong.result.status} (${wrong.result.message}) instead of ${expected.join(" or ")}`);
      const atMost = fault.executions === "none" ? 0 : 1;
      const atLeast = fault.executions === "one" ? 1 : 0;
      const count = these.find(({ executions }) => executions > atMost || executions < atLeast)?.executions;
      tally.check(`${name}: executions`, count === undefined ? undefined : `${count} for one call instead of ${fault.executions}`);
      if (!options.assertTimes) continue;
      const slowest = Math.max(...these.map(({ result }) => result.elapsedMs));
      const bound = boundMs(fault, { leg, kind }, options) + slackMs;
      tally.check(`${name}: time`, slowest > bound ? `${slowest.toFixed(0)} ms instead of at most ${bound} ms` : undefined);
    }
  }
  tally.check(
    `${fault.name}: memory`,
    held.heap - base.heap > heldBoundBytes
      ? `${mib(held.heap - base.heap)} more than before, the bound is ${mib(heldBoundBytes)}`
      : undefined,
  );
  tally.check(`${fault.name}: sockets`, held.sockets > base.sockets ? `${held.sockets} instead of ${base.sockets}` : undefined);
  tally.check(`${fault.name}: timers`, held.timers > base.timers ? `${held.timers} instead of ${base.timers}` : undefined);
  tally.check(`${fault.name}: streams`, running > 0 ? `${running} exchanges still run` : undefined);
}

/** What a call may take: by its deadline, by the timers of a dead peer, or nothing to speak of. */
function boundMs(fault: Fault, cell: Cell, options: MatrixOptions): number {
  const expected = fault.expected(cell);
  if (expected.includes("deadline_exceeded")) return fault.endsByDeadline === true ? options.shortDeadlineMs : options.deadlineMs;
  if (fault.name === "black hole at connect") return options.connectMs;
  if (fault.name === "black hole in the call") return options.deadPeerMs;
  return 1_000;
}
