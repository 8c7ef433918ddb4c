import type { CallHead } from "../call/call.ts";
import type { Transcoder } from "../call/transcoder.ts";
import type { Instance } from "../catalog/instance.ts";
import { GatewayError } from "../errors/gateway-error.ts";
import { unknownMethodInfo } from "../errors/unknown-method-info.ts";
import type { SchemaStore } from "./schema-store.ts";
import { createTranscoder } from "./transcode.ts";
import type { TranscodePool } from "./transcode-pool.ts";

/** What transcoders of calls are made of. */
export interface CallTranscodingOptions {
  readonly store: SchemaStore;
  readonly pool: TranscodePool;
  readonly maxMessageBytes: number;
}

/** The transcoder of a call to an instance, after reflection if need be. Throws or rejects with a `GatewayError` that says what is not known. */
export type TranscodeCall = (call: CallHead, instance: Instance) => Transcoder | Promise<Transcoder>;

/** Makes transcoders with what a store knows. */
export function createCallTranscoding({ store, pool, maxMessageBytes }: CallTranscodingOptions): TranscodeCall {
  return (call, instance) => {
    const { schema } = call.choices;
    const { codec, encoding } = call;
    const build = (method: Parameters<typeof createTranscoder>[0]): Transcoder => {
      const transcoder = createTranscoder(method, { callerCodec: codec, callerEncoding: encoding, maxMessageBytes, pool });
      if (transcoder === undefined) throw new GatewayError("unsupported_encoding", `codec ${codec} cannot be turned into proto`);
      return transcoder;
    };
    const now = store.methodNow(call.path, instance, schema);
    if (now !== undefined) return build(now);
    if (schema !== undefined && !store.isKept(schema)) throw new GatewayError("schema_unknown", `schema ${schema} is not kept here`);
    return store.method(call.path, instance, schema, call.metadata).then((found) => {
      if (!("problem" in found)) return build(found);
      if (found.fault !== undefined) throw new GatewayError(found.fault, found.problem);
      const known = store.known(instance);
      const service = known?.kind === "known" ? known.schema.registry.getService(call.service) : undefined;
      if (service === undefined)
        throw new GatewayError("schema_missing", `JSON needs the schema of ${call.path.slice(1)}: ${found.problem}`);
      const methods = service.methods.map(({ name }) => name);
      const info = unknownMethodInfo(call.method, methods);
      throw new GatewayError("unknown_method", `${call.service} has no method ${call.method}`, { info });
    });
  };
}
