import { type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { buildRegistry } from "@rpcdeck/schema";
import { parentPort } from "node:worker_threads";
import { GatewayError, type GatewayFaultCode } from "../errors/gateway-error.ts";
import { jsonFromProto, protoFromJson } from "./transcode-message.ts";

/** One message to turn. `files` comes with the first job of a registry only. */
export interface TranscodeJob {
  readonly id: number;
  readonly registryId: number;
  /** A serialized FileDescriptorSet. */
  readonly files: Uint8Array | undefined;
  readonly type: string;
  readonly direction: "request" | "response";
  readonly bytes: Uint8Array;
}

/** What became of it. */
export type TranscodeResult =
  | { readonly id: number; readonly kind: "done"; readonly bytes: Uint8Array }
  | {
      readonly id: number;
      readonly kind: "fault";
      readonly code: GatewayFaultCode;
      readonly message: string;
      readonly info: Readonly<Record<string, string>>;
    };

const registries = new Map<number, FileRegistry>();

parentPort?.on("message", (job: TranscodeJob) => {
  parentPort?.postMessage(turn(job));
});

function turn(job: TranscodeJob): TranscodeResult {
  try {
    if (job.files !== undefined) registries.set(job.registryId, buildRegistry(fromBinary(FileDescriptorSetSchema, job.files)).registry);
    const registry = registries.get(job.registryId);
    const desc = registry?.getMessage(job.type);
    if (registry === undefined || desc === undefined) throw new GatewayError("schema_missing", `${job.type} is not known`);
    const bytes = job.direction === "request" ? protoFromJson(desc, registry, job.bytes) : jsonFromProto(desc, registry, job.bytes);
    return { id: job.id, kind: "done", bytes };
  } catch (error) {
    const { id } = job;
    if (error instanceof GatewayError) return { id, kind: "fault", code: error.code, message: error.message, info: error.info };
    const message = error instanceof Error ? error.message : String(error);
    return { id, kind: "fault", code: "backend_malformed", message: `${job.type}: ${message}`, info: {} };
  }
}
