// A program of its own: the messages it turns come by stdin, what becomes of them goes to stdout. It ends with its stdin.
import { type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { buildRegistry } from "@rpcdeck/schema";
import process from "node:process";
import { GatewayError } from "../errors/gateway-error.ts";
import { jsonFromProto, protoFromJson } from "./transcode-message.ts";
import { readParts, type TranscodeJob, writeParts } from "./transcode-pipe.ts";

const registries = new Map<number, FileRegistry>();

readParts<TranscodeJob>(
  process.stdin,
  (job) => job.filesLength + job.bytesLength,
  (job, parts) => {
    try {
      const bytes = turn(job, parts);
      writeParts(process.stdout, { kind: "done", bytesLength: bytes.length }, [bytes]);
    } catch (error) {
      const { code, message, info } =
        error instanceof GatewayError
          ? error
          : new GatewayError("backend_malformed", `${job.type}: ${error instanceof Error ? error.message : String(error)}`);
      writeParts(process.stdout, { kind: "fault", bytesLength: 0, code, message, info }, []);
    }
  },
);
// A signal of the terminal reaches the whole group: the gateway, which drains, is who ends this.
process.on("SIGINT", () => undefined);

function turn(job: TranscodeJob, parts: Buffer): Uint8Array {
  const files = parts.subarray(0, job.filesLength);
  if (files.length > 0) registries.set(job.registryId, buildRegistry(fromBinary(FileDescriptorSetSchema, files)).registry);
  const registry = registries.get(job.registryId);
  const desc = registry?.getMessage(job.type);
  if (registry === undefined || desc === undefined) throw new GatewayError("schema_missing", `${job.type} is not known`);
  const bytes = parts.subarray(job.filesLength);
  return job.direction === "request" ? protoFromJson(desc, registry, bytes) : jsonFromProto(desc, registry, bytes);
}
