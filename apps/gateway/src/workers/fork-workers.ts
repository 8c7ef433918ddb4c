import cluster, { type Worker } from "node:cluster";
import type { Socket } from "node:net";
import type { ProcessFigures } from "../routing/metrics.ts";
import type { TrafficCall } from "../routing/traffic.ts";
import { firstRestartMs, maxQueued, maxRestartMs, maxRestarts, metricsWaitMs, killAfterMs, steadyMs } from "./limits.ts";
import { countersOf, createKeptCounters } from "./kept-counters.ts";
import type { StartMessage, ToLead, ToWorker } from "./messages.ts";

/** The worker processes of a gateway, none yet. */
export interface Workers<Setting> {
  /** Starts them. Resolves once each is ready, or was given up. */
  start(given: WorkersGiven<Setting>): Promise<void>;
  /** Hands a connection, of which nothing was read, to the next worker; where none is ready it waits for one. */
  give(socket: Socket): void;
  /** To each that has been started; one that starts later knows it from `startOf`. */
  send(message: Exclude<ToWorker<Setting>, StartMessage<Setting>>): void;
  /** Figures of each that answers in time; of the others, and of those that are gone, the counters they told last. */
  metrics(): Promise<readonly ProcessFigures[]>;
  readonly counts: () => { readonly ready: number; readonly restarts: number };
  /** Has them finish what is under way and end. Resolves when none is left; those that take too long are killed. */
  end(graceMs: number): Promise<void>;
}

/** What workers are given, and whom they tell. */
export interface WorkersGiven<Setting> {
  /** What the worker of this number, from 1, has to know when it starts now. */
  readonly startOf: (number: number) => StartMessage<Setting>;
  readonly onEnded: (lines: string, calls: readonly TrafficCall[]) => void;
}

/** How workers are kept. */
export interface WorkersOptions {
  readonly count: number;
  /** Told in words of each that ended unasked. */
  readonly say: (text: string) => void;
  /** Called when none is left, and none will be started. */
  readonly onLost: () => void;
}

/** The place of one worker. */
interface Slot {
  readonly number: number;
  worker: Worker | undefined;
  sinceMs: number;
  isReady: boolean;
  /** What the worker told last. */
  figures: ProcessFigures | undefined;
  /** Ends soon after a start, in a row. */
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/** The processes run this same program; in them `cluster.isWorker` is true. */
export function forkWorkers<Setting>(options: WorkersOptions): Workers<Setting> {
  const slots: Slot[] = Array.from({ length: options.count }, (_, at) => ({
    number: at + 1,
    worker: undefined,
    sinceMs: 0,
    isReady: false,
    figures: undefined,
    failures: 0,
    timer: undefined,
  }));
  const awaitedMetrics = new Map<number, { readonly told: Set<Slot>; missing: number; readonly done: () => void }>();
  const gone = createKeptCounters();
  let nextId = 1;
  let restarts = 0;
  let given: WorkersGiven<Setting> | undefined;
  let next = 0;
  let queue: Socket[] = [];
  let isEnding = false;
  const waiting = new Set<() => void>();
  const onChange = (): void => {
    for (const look of waiting) look();
  };

  const ready = (): number => slots.filter(({ isReady }) => isReady).length;
  const isLeft = (): boolean => slots.some(({ worker, timer }) => worker !== undefined || timer !== undefined);

  function post(worker: Worker | undefined, message: ToWorker<Setting>): void {
    if (worker?.isConnected() === true) worker.send(message, () => {}); // one that is gone says so by "exit"
  }

  function fork(slot: Slot): Worker {
    const worker = cluster.fork();
    slot.worker = worker;
    slot.sinceMs = performance.now();
    worker.on("error", () => {}); // of the channel: "exit" follows
    worker.on("message", (message: ToLead) => {
      take(slot, message);
    });
    worker.once("exit", (code: number | null, signal: string | null) => {
      onExit(slot, worker, signal ?? `code ${code}`);
    });
    return worker;
  }

  function start(slot: Slot): void {
    fork(slot);
    if (given !== undefined) post(slot.worker, given.startOf(slot.number));
  }

  function give(socket: Socket): void {
    for (let tried = 0; tried < slots.length; tried++) {
      const { isReady, worker } = slots[next++ % slots.length] as Slot;
      if (!isReady || worker?.isConnected() !== true) continue;
      worker.send({ kind: "connection" } satisfies ToWorker<Setting>, socket, (error) => {
        if (error !== null) socket.destroy(); // it went with its worker
      });
      return;
    }
    if (queue.length < maxQueued && !isEnding) queue.push(socket);
    else socket.destroy();
  }

  function take(slot: Slot, message: ToLead): void {
    switch (message.kind) {
      case "ready": {
        slot.isReady = true;
        const held = queue;
        queue = [];
        for (const socket of held) give(socket);
        return onChange();
      }
      case "ended":
        return given?.onEnded(message.lines, message.calls);
      case "metrics": {
        const awaited = awaitedMetrics.get(message.id);
        slot.figures = message.metrics;
        awaited?.told.add(slot);
        if (awaited !== undefined && --awaited.missing === 0) awaited.done();
      }
    }
  }

  function onExit(slot: Slot, worker: Worker, how: string): void {
    slot.worker = undefined;
    slot.isReady = false;
    if (slot.figures !== undefined) gone.add(slot.figures);
    slot.figures = undefined;
    const isSteady = performance.now() - slot.sinceMs >= steadyMs;
    slot.failures = isSteady ? 0 : slot.failures + 1;
    if (!isEnding) {
      const what = `worker ${slot.number} (process ${worker.process.pid}) ended with ${how}, and the calls in it`;
      if (slot.failures > maxRestarts) {
        options.say(`${what}; it is not started again, as it ended ${slot.failures} times in a row within ${steadyMs / 1000} s`);
      } else {
        const pauseMs = Math.min(maxRestartMs, firstRestartMs * 2 ** Math.max(0, slot.failures - 1));
        options.say(`${what}; another one starts in ${pauseMs / 1000} s`);
        slot.timer = setTimeout(() => {
          slot.timer = undefined;
          restarts++;
          start(slot);
        }, pauseMs);
      }
      if (!isLeft()) options.onLost();
    }
    onChange();
  }

  /** Resolves once `isTrue`, which is looked at after each change. */
  function when(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  }

  return {
    async start(wanted) {
      given = wanted;
      cluster.setupPrimary({ args: [], serialization: "advanced" });
      for (const slot of slots) start(slot);
      await when(() => isEnding || slots.every(({ isReady, failures }) => isReady || failures > maxRestarts));
    },
    give,
    send(message) {
      for (const { worker } of slots) post(worker, message);
    },
    async metrics() {
      const asked = slots.filter(({ isReady }) => isReady);
      const id = nextId++;
      const told = new Set<Slot>();
      if (asked.length > 0) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            resolve();
          };
          const timer = setTimeout(done, metricsWaitMs);
          awaitedMetrics.set(id, { told, missing: asked.length, done });
          for (const { worker } of asked) post(worker, { kind: "metrics", id });
        });
        awaitedMetrics.delete(id);
      }
      const before = await gone.sum();
      const now = slots.flatMap((slot) => {
        if (slot.figures === undefined) return [];
        return [told.has(slot) ? slot.figures : countersOf(slot.figures)];
      });
      return before === undefined ? now : [before, ...now];
    },
    counts: () => ({ ready: ready(), restarts }),
    async end(graceMs) {
      isEnding = true;
      for (const socket of queue) socket.destroy();
      onChange();
      for (const slot of slots) {
        clearTimeout(slot.timer);
        slot.timer = undefined;
        if (slot.isReady) post(slot.worker, { kind: "end", graceMs });
        else slot.worker?.process.kill("SIGKILL");
      }
      const kill = setTimeout(() => {
        for (const { worker } of slots) worker?.process.kill("SIGKILL");
      }, graceMs + killAfterMs);
      await when(() => !isLeft());
      clearTimeout(kill);
    },
  };
}
