import { fromBinary, type Registry } from "@bufbuild/protobuf";
import { BadRequestSchema, file_google_rpc_error_details } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { file_google_rpc_status } from "@rpcdeck/protocol/google/rpc/status_pb.ts";
import { file_rpcdeck_v1_gateway, GatewayFaultSchema } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { createRegistry, type DescMessage } from "@bufbuild/protobuf";
import type { Detail } from "@rpcdeck/frames";
import { printJson, typeNameOfUrl } from "@rpcdeck/schema";

/** A rule that the server says a field breaks. */
export interface FieldViolation {
  /** As the server wrote it, such as `phones[1].number`. */
  readonly path: string;
  readonly message: string;
}

/** An error detail read as far as its type is known. */
export interface ReadDetail {
  readonly typeName: string;
  /** Pretty JSON; undefined where the type is not known. */
  readonly json: string | undefined;
  readonly bytes: Uint8Array;
  /** Of a google.rpc.BadRequest. */
  readonly violations: readonly FieldViolation[];
  /** Of a fault of the gateway itself. */
  readonly fault: { readonly code: string; readonly hint: string; readonly info: Readonly<Record<string, string>> } | undefined;
}

/** Types that are known without a schema: google.rpc.Status and its usual details, and the faults of the gateway. */
export const detailTypes = createRegistry(file_google_rpc_status, file_google_rpc_error_details, file_rpcdeck_v1_gateway);

/** Reads an error detail with the types of google.rpc, of the gateway, and of the call's schema. Never throws. */
export function readDetail(detail: Detail, registry: Registry | undefined): ReadDetail {
  const typeName = typeNameOfUrl(detail.typeUrl);
  const desc = detailTypes.getMessage(typeName) ?? registry?.getMessage(typeName);
  return {
    typeName,
    bytes: detail.bytes,
    json: desc === undefined ? undefined : printJson(desc, registry, detail.bytes).text,
    violations: violationsIn(typeName, detail.bytes),
    fault: typeName === GatewayFaultSchema.typeName ? tryRead(GatewayFaultSchema, detail.bytes) : undefined,
  };
}

/** The fields that an outcome's details blame. */
export function fieldViolations(details: readonly Detail[]): readonly FieldViolation[] {
  return details.flatMap((detail) => violationsIn(typeNameOfUrl(detail.typeUrl), detail.bytes));
}

function violationsIn(typeName: string, bytes: Uint8Array): readonly FieldViolation[] {
  if (typeName !== BadRequestSchema.typeName) return [];
  const { fieldViolations: found } = tryRead(BadRequestSchema, bytes) ?? { fieldViolations: [] };
  return found.map(({ field, description }) => ({ path: field, message: description }));
}

function tryRead<Desc extends DescMessage>(desc: Desc, bytes: Uint8Array) {
  try {
    return fromBinary(desc, bytes);
  } catch {
    return undefined; // a server's broken detail is shown as bytes
  }
}
