import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { parse, type ReadAs, type SizeEntry, type Validation, type WireIndex } from "@rpcdeck/wire";
import type { MessageCheck } from "./message-check.ts";
import type { FromMessageWorker, ToMessageWorker } from "./message-worker-protocol.ts";
import { schemaFiles } from "./schema-files.ts";

/** A large message on its way through the worker. */
export interface LargeState {
  /** Undefined until it can be drawn, and where it cannot. */
  readonly index: WireIndex | undefined;
  /** Indexes it with readings that the user has chosen, by field path; undefined without an index. */
  readonly readAgain: ((readAs: ReadonlyMap<string, ReadAs>) => WireIndex) | undefined;
  /** Why there is no tree, in a sentence. */
  readonly treeProblem: string | undefined;
  readonly check: MessageCheck;
}

/** Reads one message in a worker. It owns the worker from `start` to `stop`, and ends it earlier when all is known. */
export interface LargeMessage {
  readonly state: () => LargeState;
  /** Tells of changes; returns how to stop that. */
  readonly subscribe: (listener: () => void) => () => void;
  readonly start: () => void;
  /** Aborts what is under way. */
  readonly stop: () => void;
}

/** Copied to the worker in one go, 1 ms or so: the page stays free. One buffer goes to and fro. */
const pieceBytes = 4 * 1024 * 1024;

/** Progress is told no oftener. */
const toldEveryMs = 100;

/** How a large message is read. */
export interface LargeReading {
  readonly type: DescMessage | undefined;
  readonly registry: Registry | undefined;
  /** Where the message begins in the grid: added to offsets in words. */
  readonly origin: number;
}

/** `bytes` must not change. Nothing happens before `start`. */
export function createLargeMessage(bytes: Uint8Array, reading: LargeReading, startWorker: () => Worker): LargeMessage {
  const { type, registry, origin } = reading;
  const listeners = new Set<() => void>();
  let worker: Worker | undefined;
  let run = 0;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let validation: Validation | undefined;
  let tookMs: number | undefined;
  let state: LargeState = { index: undefined, readAgain: undefined, treeProblem: undefined, check: running("index", 0) };

  function change(next: Partial<LargeState>): void {
    state = { ...state, ...next };
    toldAtMs = performance.now();
    for (const listener of listeners) listener();
  }

  /** A little further on: told now and then, since everything in sight is drawn again for it. */
  function progress(phase: "index" | "findings" | "sizes", doneBytes: number): void {
    if (performance.now() - toldAtMs >= toldEveryMs) change({ check: running(phase, doneBytes) });
  }

  function running(phase: "index" | "findings" | "sizes", doneBytes: number): MessageCheck {
    return { kind: "running", phase, doneBytes, totalBytes: bytes.length, validation, cancel };
  }

  function start(): void {
    if (worker !== undefined || state.check.kind === "done") return;
    const own = ++run;
    change({ check: running("index", 0) });
    const begun = startWorker();
    worker = begun;
    begun.addEventListener("message", ({ data }: MessageEvent<FromMessageWorker>) => {
      if (own === run) take(begun, data);
    });
    begun.addEventListener("error", (event) => {
      if (own === run) fail(event.message === "" ? "the worker could not be started" : event.message);
    });
    schemaFiles(registry ?? type?.file).then(
      (files) => {
        if (own !== run) return;
        tell(begun, {
          kind: "open",
          byteLength: bytes.length,
          files,
          typeName: type?.typeName,
          hasRegistry: registry !== undefined,
          origin,
        });
      },
      (error: unknown) => {
        if (own === run) fail(error instanceof Error ? error.message : String(error));
      },
    );
  }

  function take(from: Worker, message: FromMessageWorker): void {
    switch (message.kind) {
      case "more": {
        const piece = bytes.subarray(message.from, message.from + pieceBytes);
        const buffer = message.buffer ?? new Uint8Array(pieceBytes);
        buffer.set(piece);
        tell(from, { kind: "piece", buffer, length: piece.length }, [buffer.buffer]);
        progress("index", message.from);
        break;
      }
      case "prepared":
        // A second run, after a cancel, finds the tree that is there.
        if ("problem" in message.prepared) change({ treeProblem: message.prepared.problem, check: running("findings", 0) });
        else {
          const { prepared } = message;
          const options = { prepared, origin, ...(registry !== undefined && { registry }) };
          const index = state.index ?? parse(bytes, type, options);
          change({ index, readAgain: (readAs) => parse(bytes, type, { ...options, readAs }), check: running("findings", 0) });
        }
        break;
      case "checking":
        validation = message.validation;
        progress("findings", message.doneBytes);
        break;
      case "checked":
        ({ validation, tookMs } = message);
        change({ check: running("sizes", 0) });
        break;
      case "sizing":
        progress("sizes", message.doneBytes);
        break;
      case "sized":
        end();
        change({ check: done(message.sizes) });
        break;
      case "failed":
        fail(message.reason);
    }
  }

  function done(sizes: readonly SizeEntry[]): MessageCheck {
    const found = validation;
    if (found === undefined) return { kind: "failed", reason: "the worker gave no verdict" };
    return { kind: "done", validation: () => found, sizes: () => sizes, tookMs };
  }

  function fail(reason: string): void {
    end();
    change({ check: { kind: "failed", reason } });
  }

  function cancel(): void {
    end();
    change({ check: { kind: "cancelled", validation, resume: start } });
  }

  function end(): void {
    run++;
    worker?.terminate();
    worker = undefined;
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start,
    stop: end,
  };
}

function tell(worker: Worker, message: ToMessageWorker, transfer: Transferable[] = []): void {
  worker.postMessage(message, transfer);
}
