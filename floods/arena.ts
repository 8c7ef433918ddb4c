// What every part of the run takes place in: the shipped gateway in a process of its own, a backend that counts, and an honest caller beside.
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { answerWell, startFaultBackend, type FaultBackend } from "../faults/backend.ts";
import { startProbedGateway, type ProbedGateway } from "../faults/gateway.ts";
import type { Held } from "../faults/gateway-probe.ts";
import { root } from "../scripts/steps.ts";
import type { AttackOrder, AttackResult } from "./attacker.ts";
import { attackedPath, type Attack } from "./attacks.ts";
import { startNeighbour, type Neighbour } from "./start-neighbour.ts";

/** A running one. */
export interface Arena extends AsyncDisposable {
  readonly gateway: ProbedGateway;
  /** Where the gateway sends calls, such as `grpc://127.0.0.1:50051`. */
  readonly target: string;
  readonly neighbour: Neighbour;
  /** What the gateway holds with nobody but the neighbour. */
  readonly calm: Held;
  /** Calls of attackers so far: those that the gateway took, and those that reached the backend. */
  dispatched(): Promise<{ readonly byGateway: number; readonly byBackend: number }>;
  /** Attacks once, in a thread of its own. */
  attack(attack: Attack, patienceMs: number): Promise<AttackResult>;
}

/** Time in which the gateway gets to know the neighbour's calls, so that what it grows by later is not theirs. */
const warmUpMs = 4_000;
/** Time in which calls that were taken are counted everywhere. */
const countMs = 100;
const attackedService = attackedPath.split("/")[1] ?? "";

/** Starts one. `flags` are the gateway's. */
export async function openArena(flags: readonly string[]): Promise<Arena> {
  // Attackers' calls get no answer, so that all of them stay open; no limit of the backend's may protect the gateway.
  const backend: FaultBackend = await startFaultBackend((call) => {
    if (call.id === "neighbour") answerWell(call);
  }, 100_000);
  const target = `grpc://${backend.address}`;
  const gateway = await startProbedGateway(flags);
  const neighbour = await startNeighbour(gateway.url, target);
  await sleep(warmUpMs);
  const calm = await gateway.measure();
  return {
    gateway,
    target,
    neighbour,
    calm,
    async dispatched() {
      await sleep(countMs);
      const text = await (await fetch(`${gateway.url}/-/metrics`, { headers: { connection: "close" } })).text();
      const lines = text.split("\n").filter((line) => line.startsWith(`rpcdeck_calls_total{service="${attackedService}"`));
      const byGateway = lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
      return { byGateway, byBackend: backend.executions.get("attack") ?? 0 };
    },
    async attack({ name }, patienceMs) {
      const workerData: AttackOrder = { port: gateway.port, target, name, patienceMs };
      const worker = new Worker(join(root, "floods/attacker.ts"), { workerData });
      const [result] = (await once(worker, "message")) as [AttackResult];
      await worker.terminate();
      return result;
    },
    async [Symbol.asyncDispose]() {
      await neighbour.stop();
      await gateway[Symbol.asyncDispose]();
      await backend.close();
    },
  };
}
