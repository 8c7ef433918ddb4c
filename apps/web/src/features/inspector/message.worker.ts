// The worker that reads one large message: index, verdict and sizes. It holds the only copy of the bytes beside the page's, and goes when it
// is done or no longer wanted: to cancel is to terminate it.
import { create, fromBinary, type DescMessage, type Registry } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { buildRegistry } from "@rpcdeck/schema";
import { buffersOf, countRecords, createBreakdown, createWalk, parse, prepare } from "@rpcdeck/wire";
import type { FromMessageWorker, ToMessageWorker } from "./message-worker-protocol.ts";

/** Walked between two reports: a tenth of a second at most. */
const sliceBytes = 8 * 1024 * 1024;
/** Records that are prepared too, at any depth: opening them would keep the page waiting. */
const preparedFromBytes = 256 * 1024;
/** Records of the top level that are indexed, 21 bytes each. */
const maxIndexedRecords = 16 * 1024 * 1024;

let bytes = new Uint8Array();
let received = 0;
let type: DescMessage | undefined;
let registry: Registry | undefined;
let origin = 0;

addEventListener("message", ({ data }: MessageEvent<ToMessageWorker>) => {
  try {
    if (data.kind === "open") open(data);
    else take(data);
  } catch (error) {
    tell({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
});

function open(message: ToMessageWorker & { kind: "open" }): void {
  const { byteLength, files, typeName, hasRegistry } = message;
  try {
    bytes = new Uint8Array(byteLength);
  } catch {
    throw new Error(`the browser has no room for a second copy of ${byteLength.toLocaleString("en")} bytes`);
  }
  const built = buildRegistry(create(FileDescriptorSetSchema, { file: files.map((file) => fromBinary(FileDescriptorProtoSchema, file)) }));
  type = typeName === undefined ? undefined : built.registry.getMessage(typeName);
  origin = message.origin;
  registry = hasRegistry ? built.registry : undefined;
  if (typeName !== undefined && type === undefined) throw new Error(`${typeName} is not in the schema`);
  tell({ kind: "more", from: 0, buffer: undefined });
}

function take({ buffer, length }: ToMessageWorker & { kind: "piece" }): void {
  bytes.set(buffer.subarray(0, length), received);
  received += length;
  if (received < bytes.length) tell({ kind: "more", from: received, buffer }, [buffer.buffer]);
  else read();
}

function read(): void {
  const options = { origin, ...(registry !== undefined && { registry }) };
  const count = countRecords(bytes, 0, bytes.length);
  if (count > maxIndexedRecords) {
    const problem = `${count.toLocaleString("en")} fields at the top level; the tree holds up to ${maxIndexedRecords.toLocaleString("en")}.`;
    tell({ kind: "prepared", prepared: { problem } });
  } else {
    const prepared = prepare(parse(bytes, type, options), preparedFromBytes);
    tell({ kind: "prepared", prepared }, buffersOf(prepared));
  }

  const walk = createWalk(bytes, type, options);
  const walkMs = timed(() => {
    while (!walk.isDone) {
      walk.run(sliceBytes);
      if (!walk.isDone) tell({ kind: "checking", doneBytes: walk.position, validation: walk.result() });
    }
  });
  tell({ kind: "checked", validation: walk.result(), tookMs: walkMs });

  const breakdown = createBreakdown(bytes, type, registry);
  const sizesMs = timed(() => {
    while (!breakdown.isDone) {
      breakdown.run(sliceBytes);
      if (!breakdown.isDone) tell({ kind: "sizing", doneBytes: breakdown.position });
    }
  });
  tell({ kind: "sized", sizes: breakdown.entries(), tookMs: sizesMs });
}

function timed(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function tell(message: FromMessageWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}
