import { create, type FileRegistry, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { availableParallelism } from "node:os";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { GatewayError } from "../errors/gateway-error.ts";
import type { MethodSchema } from "./schema-view.ts";
import { readParts, type TranscodeResult, writeParts } from "./transcode-pipe.ts";

/** How the processes are bounded. */
export interface TranscodePoolOptions {
  /** Largest message, in bytes: the heap grows with it. */
  readonly maxMessageBytes: number;
  /** Heap of one process in MiB; a message that needs more ends its process, not the gateway. Default: 512, or six largest messages. */
  readonly heapMiB?: number;
  /** Longest time for one message in milliseconds. Default: 5 s, and 1 s for each MiB. */
  readonly jobTimeoutMs?: (bytes: number) => number;
  /** Processes at once. Default: one for each core, at least 2, so that one hard message does not stop the others, and at most 4. */
  readonly processes?: number;
}

/** Converts large messages outside the gateway's own process. */
export interface TranscodePool {
  /**
   * Turns a message in a process of its own, one message a process at a time: whatever it does there, the gateway and other messages go on.
   * Processes are started as they are needed, end by themselves and never keep the gateway alive. Rejects with the `GatewayError` of the
   * conversion, `message_too_large` when the message needs more memory or time than a process has, or `too_busy`.
   */
  transcode(schema: MethodSchema, direction: "request" | "response", bytes: Uint8Array): Promise<Uint8Array>;
  /** Ends the processes; messages in them are rejected. */
  close(): void;
}

interface Job {
  readonly schema: MethodSchema;
  readonly direction: "request" | "response";
  readonly bytes: Uint8Array;
  readonly result: PromiseWithResolvers<Uint8Array>;
}

interface Converter {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Registries that it has. */
  readonly sent: Set<number>;
  /** What it works on. */
  job: Job | undefined;
  /** Ends it: when its job takes too long, or when it has had none for a while. */
  timer: NodeJS.Timeout | undefined;
}

const program = fileURLToPath(new URL("./transcode-process.ts", import.meta.url));
const mib = 1024 * 1024;
const leastHeapMiB = 512;
/** Heap for each byte of the largest message: its text, its value and its other text may be there at once. */
const heapPerMessage = 6;
const mostProcesses = 4;
/** A process ends after this time without work, in milliseconds. */
const idleMs = 60_000;
/** Messages that wait for a process; further ones are refused. */
const maxWaiting = 100;
/** What is kept of what a process says before it aborts, in characters. */
const maxComplaint = 4_096;

const registryIds = new WeakMap<FileRegistry, number>();
let nextRegistryId = 1;
const noFiles = new Uint8Array();

/** No process yet. */
export function createTranscodePool(options: TranscodePoolOptions): TranscodePool {
  const heapMiB = options.heapMiB ?? Math.max(leastHeapMiB, Math.ceil((heapPerMessage * options.maxMessageBytes) / mib));
  const timeoutMs = options.jobTimeoutMs ?? ((bytes: number) => 5_000 + Math.ceil(bytes / mib) * 1_000);
  const mostAtOnce = options.processes ?? Math.min(mostProcesses, Math.max(2, availableParallelism()));
  const converters = new Set<Converter>();
  const waiting: Job[] = [];
  let isClosed = false;

  function start(): Converter {
    // Without the rest of the environment: NODE_OPTIONS of the gateway, a debugger's port say, are not for it. Windows needs SystemRoot.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name === "SystemRoot" || name === "NODE_COMPILE_CACHE"));
    const child = spawn(process.execPath, [`--max-old-space-size=${heapMiB}`, program], {
      stdio: ["pipe", "pipe", "pipe"],
      env,
      windowsHide: true,
    });
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket).unref();
    const converter: Converter = { child, sent: new Set(), job: undefined, timer: undefined };
    converters.add(converter);
    readParts<TranscodeResult>(
      child.stdout,
      (result) => result.bytesLength,
      (result, bytes) => {
        if (!converters.has(converter)) return;
        const { job } = converter;
        converter.job = undefined;
        clearTimeout(converter.timer);
        if (result.kind === "done") job?.result.resolve(bytes);
        else job?.result.reject(new GatewayError(result.code, result.message, { info: result.info }));
        next(converter);
      },
    );
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(0, maxComplaint);
    });
    // It fails when the process is gone, which its own event tells.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => {
      end(converter, () => new GatewayError("too_busy", `no process can be started to turn it from or to JSON: ${error.message}`));
    });
    child.on("close", (code, signal) => {
      const isOutOfMemory = complaint.includes("heap out of memory");
      end(
        converter,
        needs(isOutOfMemory ? `more than ${heapMiB} MiB of memory` : `a process that ended with ${signal ?? `exit code ${code}`}`),
      );
    });
    return converter;
  }

  /** Gives a process that is free the next message, or lets it rest. */
  function next(converter: Converter): void {
    const job = waiting.shift();
    if (job !== undefined) return run(converter, job);
    converter.timer = setTimeout(() => {
      end(converter);
    }, idleMs);
    converter.timer.unref();
  }

  function run(converter: Converter, job: Job): void {
    const { schema, direction, bytes } = job;
    const { method, registry } = schema;
    let registryId = registryIds.get(registry);
    if (registryId === undefined) registryIds.set(registry, (registryId = nextRegistryId++));
    const files = converter.sent.has(registryId) ? noFiles : filesOf(registry);
    converter.sent.add(registryId);
    const type = direction === "request" ? method.input.typeName : method.output.typeName;
    clearTimeout(converter.timer);
    converter.job = job;
    const limitMs = timeoutMs(bytes.length);
    converter.timer = setTimeout(() => {
      end(converter, needs(`more than ${limitMs / 1000} s`));
    }, limitMs);
    const head = { registryId, filesLength: files.length, bytesLength: bytes.length, type, direction };
    writeParts(converter.child.stdin, head, [files, bytes]);
  }

  /** Ends a process, and the message in it, and no other, with the fault. */
  function end(converter: Converter, faultOf: (job: Job) => GatewayError = shuttingDown): void {
    if (!converters.delete(converter)) return;
    clearTimeout(converter.timer);
    converter.child.kill("SIGKILL");
    const { job } = converter;
    job?.result.reject(faultOf(job));
    const other = isClosed ? undefined : waiting.shift();
    if (other !== undefined) run(start(), other);
  }

  return {
    transcode(schema, direction, bytes) {
      const job: Job = { schema, direction, bytes, result: Promise.withResolvers() };
      const free = [...converters].find((converter) => converter.job === undefined);
      if (isClosed) job.result.reject(shuttingDown());
      else if (free !== undefined) run(free, job);
      else if (converters.size < mostAtOnce) run(start(), job);
      else if (waiting.length < maxWaiting) waiting.push(job);
      else
        job.result.reject(
          new GatewayError("too_busy", `${waiting.length} large messages wait to be turned from or to JSON, the limit; try again`),
        );
      return job.result.promise;
    },
    close() {
      isClosed = true;
      for (const job of waiting.splice(0)) job.result.reject(shuttingDown());
      for (const converter of converters) end(converter);
    },
  };
}

function shuttingDown(): GatewayError {
  return new GatewayError("shutting_down", "the gateway is ending");
}

function needs(what: string): (job: Job) => GatewayError {
  return ({ bytes }) =>
    new GatewayError("message_too_large", `a message of ${bytes.length} bytes needs ${what} to be turned from or to JSON`);
}

function filesOf(registry: FileRegistry): Uint8Array {
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [...registry.files].map((file) => file.proto) }));
}
