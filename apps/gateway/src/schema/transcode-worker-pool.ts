import { create, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Worker } from "node:worker_threads";
import { GatewayError } from "../errors/gateway-error.ts";
import type { MethodSchema } from "./schema-view.ts";
import type { TranscodeJob, TranscodeResult } from "./transcode-worker.ts";

/** Heap of the worker, in MiB: a message that needs more ends the worker, not the gateway. */
const workerHeapMiB = 1_024;
/** Longest time for one message, in milliseconds. */
const jobTimeoutMs = 30_000;
/** The worker ends after this time without work, in milliseconds. */
const idleMs = 60_000;

/** Converts large messages outside the main thread. */
export interface TranscodeWorkers {
  /**
   * Turns a message in a worker thread, which is started on first use, ends by itself and never keeps the process alive. Rejects with the
   * `GatewayError` of the conversion, or `message_too_large` when the message needs more memory or time than the worker has.
   */
  transcode(schema: MethodSchema, direction: "request" | "response", bytes: Uint8Array): Promise<Uint8Array>;
  /** Ends the worker; messages in it are rejected. */
  close(): void;
}

interface Running {
  readonly worker: Worker;
  /** Registries that the worker has. */
  readonly sent: Set<number>;
  readonly jobs: Map<number, PromiseWithResolvers<Uint8Array>>;
  idle: NodeJS.Timeout | undefined;
}

const registryIds = new WeakMap<FileRegistry, number>();
let nextRegistryId = 1;

/** No worker yet. */
export function createTranscodeWorkers(): TranscodeWorkers {
  let nextJobId = 1;
  let running: Running | undefined;

  function start(): Running {
    const worker = new Worker(new URL("./transcode-worker.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: workerHeapMiB },
    });
    worker.unref();
    const own: Running = { worker, sent: new Set(), jobs: new Map(), idle: undefined };
    worker.on("message", (result: TranscodeResult) => {
      const job = own.jobs.get(result.id);
      own.jobs.delete(result.id);
      if (result.kind === "done") job?.resolve(result.bytes);
      else job?.reject(new GatewayError(result.code, result.message, { info: result.info }));
      if (own.jobs.size === 0) own.idle = setTimeout(() => stop(own, ""), idleMs).unref();
    });
    worker.on("error", (error) => stop(own, `the message needs too much memory: ${error.message}`));
    worker.on("exit", () => stop(own, "the worker ended"));
    return own;
  }

  function stop(own: Running, why: string): void {
    if (running === own) running = undefined;
    clearTimeout(own.idle);
    for (const job of own.jobs.values()) job.reject(new GatewayError("message_too_large", why));
    own.jobs.clear();
    void own.worker.terminate();
  }

  return {
    async transcode({ method, registry }, direction, bytes) {
      const own = (running ??= start());
      let registryId = registryIds.get(registry);
      if (registryId === undefined) registryIds.set(registry, (registryId = nextRegistryId++));
      const files = own.sent.has(registryId) ? undefined : filesOf(registry);
      own.sent.add(registryId);
      const id = nextJobId++;
      const type = direction === "request" ? method.input.typeName : method.output.typeName;
      const job: TranscodeJob = { id, registryId, files, type, direction, bytes };
      const result = Promise.withResolvers<Uint8Array>();
      own.jobs.set(id, result);
      clearTimeout(own.idle);
      const timer = setTimeout(() => stop(own, `a message of ${bytes.length} bytes took longer than ${jobTimeoutMs} ms`), jobTimeoutMs);
      own.worker.postMessage(job);
      try {
        return await result.promise;
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      if (running !== undefined) stop(running, "the gateway is ending");
    },
  };
}

function filesOf(registry: FileRegistry): Uint8Array {
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [...registry.files].map((file) => file.proto) }));
}
