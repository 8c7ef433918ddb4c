// Every flood against the gateway with its shipped limits, a few times each.
import { countTexts, mib, percentile, row, type Tally } from "../faults/report.ts";
import type { Arena } from "./arena.ts";
import type { AttackResult } from "./attacker.ts";
import { attacksOn, type Attack } from "./attacks.ts";
import type { NeighbourCall } from "./neighbour.ts";

/** How floods are judged. */
export interface FloodLimits {
  /** Attacks of each kind, one after another. */
  readonly runs: number;
  /** Calls of one attack that may be taken. */
  readonly maxDispatched: number;
  /** Bytes that the gateway's memory may grow by while it is attacked. */
  readonly maxGrowthBytes: number;
  /** A flood must be cut off within this time, in milliseconds. */
  readonly closeWithinMs: number;
  /** 99 % of the neighbour's calls take no longer, in milliseconds. */
  readonly neighbourP99Ms: number;
  /** Only this kind. */
  readonly only: string | undefined;
  /** Whether times count. */
  readonly assertTimes: boolean;
}

/** How long an attack may go on before it counts as never ending. Generous: where times do not count, being cut off at all does. */
const patienceMs = 20_000;
/** Time in which sockets and calls of an attack must be gone. */
const settleMs = 5_000;
const columns = [15, -8, -12, -10, 14, -9, -9, -8];

/** Runs all floods that are to be cut off at once, and prints a line for each. */
export async function runFloods(arena: Arena, limits: FloodLimits, tally: Tally): Promise<void> {
  row(columns, ["flood", "sent", "calls taken", "closed ms", "GOAWAY", "memory +", "kept +", "p99 ms"]);
  const calmCalls = timesOf(arena.neighbour.take());
  row(columns, ["(calm)", "", "", "", "", "", "", percentile(calmCalls, 0.99).toFixed(1)]);
  for (const attack of attacksOn(arena.target)) {
    if (attack.closes === "at once" && (limits.only === undefined || limits.only === attack.name))
      await runFlood(arena, attack, limits, tally);
  }
}

async function runFlood(arena: Arena, attack: Attack, limits: FloodLimits, tally: Tally): Promise<void> {
  const { gateway, neighbour, calm } = arena;
  const before = await gateway.measure();
  gateway.resetPeak();
  neighbour.take();
  const results: AttackResult[] = [];
  let taken = 0;
  for (let run = 0; run < limits.runs; run++) {
    const { byGateway, byBackend } = await arena.dispatched();
    results.push(await arena.attack(attack, patienceMs));
    const now = await arena.dispatched();
    taken = Math.max(taken, now.byGateway - byGateway, now.byBackend - byBackend);
  }
  const calls = neighbour.take();
  const after = await gateway.settle(({ sockets }) => sockets <= calm.sockets, settleMs);
  const growth = Math.max(0, after.peakRss - before.rss);
  const kept = Math.max(0, after.heap - before.heap);
  const closedMs = Math.max(...results.map((result) => result.closedMs ?? Number.POSITIVE_INFINITY));
  const p99 = percentile(timesOf(calls), 0.99);
  row(columns, [
    attack.name,
    String(Math.max(...results.map(({ sent }) => sent))),
    String(taken),
    closedMs === Number.POSITIVE_INFINITY ? "never" : closedMs.toFixed(0),
    countTexts(results.map(({ goaway }) => (goaway === undefined ? "-" : String(goaway)))),
    mib(growth),
    mib(kept),
    p99.toFixed(1),
  ]);

  const { maxDispatched, maxGrowthBytes, closeWithinMs, neighbourP99Ms, assertTimes } = limits;
  const problem = (isWrong: boolean, text: string): string | undefined => (isWrong ? text : undefined);
  tally.check(`${attack.name}: calls taken`, problem(taken > maxDispatched, `${taken} of the limit of ${maxDispatched}`));
  tally.check(`${attack.name}: cut off`, problem(closedMs > (assertTimes ? closeWithinMs : patienceMs), `closed after ${closedMs} ms`));
  tally.check(`${attack.name}: memory`, problem(growth > maxGrowthBytes, `+ ${mib(growth)}, the limit is ${mib(maxGrowthBytes)}`));
  tally.check(`${attack.name}: sockets`, problem(after.sockets > calm.sockets, `${after.sockets} are open, ${calm.sockets} before`));
  tally.check(`${attack.name}: exceptions`, problem(gateway.uncaught().length > 0, gateway.uncaught().join("\n")));
  const failures = calls.flatMap((call) => (call.kind === "failed" ? [call.why] : []));
  tally.check(
    `${attack.name}: the honest caller`,
    problem(failures.length > 0 || calls.length === 0, `${failures.length} of ${calls.length} calls failed: ${countTexts(failures)}`),
  );
  if (assertTimes)
    tally.check(`${attack.name}: p99`, problem(p99 > neighbourP99Ms, `${p99.toFixed(1)} ms, the limit is ${neighbourP99Ms}`));
}

function timesOf(calls: readonly NeighbourCall[]): number[] {
  return calls.flatMap((call) => (call.kind === "ok" ? [call.ms] : []));
}
