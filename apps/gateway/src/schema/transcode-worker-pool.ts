import { create, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { GatewayError } from "../errors/gateway-error.ts";
import type { MethodSchema } from "./schema-view.ts";
import type { TranscodeJob, TranscodeResult } from "./transcode-worker.ts";

/** How the workers are bounded. */
export interface TranscodeWorkersOptions {
  /** Largest message, in bytes: the heap grows with it. */
  readonly maxMessageBytes: number;
  /** Heap of one worker in MiB; a message that needs more ends its worker, not the gateway. Default: 512, or six largest messages. */
  readonly heapMiB?: number;
  /** Longest time for one message in milliseconds. Default: 5 s, and 1 s for each MiB. */
  readonly jobTimeoutMs?: (bytes: number) => number;
  /** Threads at once. Default: one for each core, at least 2, so that one hard message does not stop the others, and at most 4. */
  readonly threads?: number;
}

/** Converts large messages outside the main thread. */
export interface TranscodeWorkers {
  /**
   * Turns a message in a worker thread, one message a thread at a time: whatever it does to its thread, others have theirs. Threads are
   * started as they are needed, end by themselves and never keep the process alive. Rejects with the `GatewayError` of the conversion,
   * `message_too_large` when the message needs more memory or time than a thread has, or `too_busy`.
   */
  transcode(schema: MethodSchema, direction: "request" | "response", bytes: Uint8Array): Promise<Uint8Array>;
  /** Ends the workers; messages in them are rejected. */
  close(): void;
}

interface Job {
  readonly schema: MethodSchema;
  readonly direction: "request" | "response";
  readonly bytes: Uint8Array;
  readonly result: PromiseWithResolvers<Uint8Array>;
}

interface Thread {
  readonly worker: Worker;
  /** Registries that the worker has. */
  readonly sent: Set<number>;
  /** What it works on. */
  job: Job | undefined;
  /** Ends it: when its job takes too long, or when it has had none for a while. */
  timer: NodeJS.Timeout | undefined;
}

const mib = 1024 * 1024;
const leastHeapMiB = 512;
/** Heap for each byte of the largest message: its text, its value and its other text may be there at once. */
const heapPerMessage = 6;
const mostThreads = 4;
/** A worker ends after this time without work, in milliseconds. */
const idleMs = 60_000;
/** Messages that wait for a thread; further ones are refused. */
const maxWaiting = 100;

const registryIds = new WeakMap<FileRegistry, number>();
let nextRegistryId = 1;
let nextJobId = 1;

/** No worker yet. */
export function createTranscodeWorkers(options: TranscodeWorkersOptions): TranscodeWorkers {
  const heapMiB = options.heapMiB ?? Math.max(leastHeapMiB, Math.ceil((heapPerMessage * options.maxMessageBytes) / mib));
  const timeoutMs = options.jobTimeoutMs ?? ((bytes: number) => 5_000 + Math.ceil(bytes / mib) * 1_000);
  const mostAtOnce = options.threads ?? Math.min(mostThreads, Math.max(2, availableParallelism()));
  const threads = new Set<Thread>();
  const waiting: Job[] = [];
  let isClosed = false;

  function start(): Thread {
    const worker = new Worker(new URL("./transcode-worker.ts", import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: heapMiB } });
    worker.unref();
    const thread: Thread = { worker, sent: new Set(), job: undefined, timer: undefined };
    threads.add(thread);
    worker.on("message", (result: TranscodeResult) => {
      const { job } = thread;
      thread.job = undefined;
      clearTimeout(thread.timer);
      if (result.kind === "done") job?.result.resolve(result.bytes);
      else job?.result.reject(new GatewayError(result.code, result.message, { info: result.info }));
      next(thread);
    });
    worker.on("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "ERR_WORKER_OUT_OF_MEMORY" ? `more than ${heapMiB} MiB of memory` : `a thread that did not end: ${error.message}`;
      end(thread, why);
    });
    worker.on("exit", () => {
      end(thread, "a thread that did not end");
    });
    return thread;
  }

  /** Gives a thread that is free the next message, or lets it rest. */
  function next(thread: Thread): void {
    const job = waiting.shift();
    if (job !== undefined) return run(thread, job);
    thread.timer = setTimeout(() => {
      end(thread, "");
    }, idleMs);
    thread.timer.unref();
  }

  function run(thread: Thread, job: Job): void {
    const { schema, direction, bytes } = job;
    const { method, registry } = schema;
    let registryId = registryIds.get(registry);
    if (registryId === undefined) registryIds.set(registry, (registryId = nextRegistryId++));
    const files = thread.sent.has(registryId) ? undefined : filesOf(registry);
    thread.sent.add(registryId);
    const type = direction === "request" ? method.input.typeName : method.output.typeName;
    const order: TranscodeJob = { id: nextJobId++, registryId, files, type, direction, bytes };
    clearTimeout(thread.timer);
    thread.job = job;
    const limitMs = timeoutMs(bytes.length);
    thread.timer = setTimeout(() => {
      end(thread, `more than ${limitMs / 1000} s`);
    }, limitMs);
    thread.worker.postMessage(order);
  }

  /** Ends a thread; the message in it, and no other, needed more than it may have. */
  function end(thread: Thread, needed: string): void {
    if (!threads.delete(thread)) return;
    clearTimeout(thread.timer);
    void thread.worker.terminate();
    const { job } = thread;
    if (job !== undefined) {
      const fault = isClosed
        ? new GatewayError("shutting_down", "the gateway is ending")
        : new GatewayError("message_too_large", `a message of ${job.bytes.length} bytes needs ${needed} to be turned from or to JSON`);
      job.result.reject(fault);
    }
    const other = isClosed ? undefined : waiting.shift();
    if (other !== undefined) run(start(), other);
  }

  return {
    transcode(schema, direction, bytes) {
      const job: Job = { schema, direction, bytes, result: Promise.withResolvers() };
      const free = [...threads].find((thread) => thread.job === undefined);
      if (isClosed) job.result.reject(new GatewayError("shutting_down", "the gateway is ending"));
      else if (free !== undefined) run(free, job);
      else if (threads.size < mostAtOnce) run(start(), job);
      else if (waiting.length < maxWaiting) waiting.push(job);
      else
        job.result.reject(
          new GatewayError("too_busy", `${waiting.length} large messages wait to be turned from or to JSON, the limit; try again`),
        );
      return job.result.promise;
    },
    close() {
      isClosed = true;
      for (const job of waiting.splice(0)) job.result.reject(new GatewayError("shutting_down", "the gateway is ending"));
      for (const thread of threads) end(thread, "");
    },
  };
}

function filesOf(registry: FileRegistry): Uint8Array {
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [...registry.files].map((file) => file.proto) }));
}
