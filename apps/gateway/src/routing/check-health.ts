import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as Status,
  HealthCheckResponseSchema,
} from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import type { Instance } from "../catalog/instance.ts";
import type { Observation } from "../catalog/instance-health.ts";
import type { AddressPolicy } from "../net/address-policy.ts";
import { dial } from "../net/dial.ts";
import type { OpenDuplex } from "../net/duplex.ts";
import { endpointOf } from "../net/endpoint.ts";

/** What a check says of an instance. */
export type CheckResult = Extract<Observation, { readonly kind: "serving" | "not-serving" | "unreachable" }>;

/** How an instance is asked: by a stream that tells each change, by a question each time, or only by connecting. */
export type CheckWay = "watch" | "check" | "connect";

/** What checks reach backends with. */
export interface CheckContext {
  readonly open: OpenDuplex;
  readonly policy: AddressPolicy;
  /** Longest time of one connection or one answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const wholeServer = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema));
const serving: CheckResult = { kind: "serving" };

/**
 * Follows `grpc.health.v1.Health/Watch` until the stream ends, telling each status. Answers the way to ask next: "watch" again after a
 * stream that had told something or broke, "check" for a server without Watch, "connect" for one without health service.
 */
export async function watchHealth(instance: Instance, context: CheckContext, onResult: (result: CheckResult) => void): Promise<CheckWay> {
  const call = ask(instance, "watch", context);
  let hasTold = false;
  let knowsServer = true;
  const patience = setTimeout(() => call.cancel(), context.timeoutMs);
  for await (const bytes of call.messages) {
    clearTimeout(patience);
    const result = resultFrom(bytes);
    knowsServer = result !== undefined;
    if (result === undefined) break;
    hasTold = true;
    onResult(result);
  }
  clearTimeout(patience);
  if (!knowsServer) return "connect";
  const { code, message } = await call.outcome;
  if (hasTold || context.signal.aborted) return "watch";
  if (code === Code.Unimplemented) return "check";
  return afterFailure(instance, code, message, onResult, "watch");
}

/** Asks once. Answers the way to ask next. */
export async function checkHealth(instance: Instance, context: CheckContext, onResult: (result: CheckResult) => void): Promise<CheckWay> {
  const call = ask(instance, "check", context);
  let result: CheckResult | undefined;
  for await (const bytes of call.messages) result = resultFrom(bytes);
  const { code, message } = await call.outcome;
  if (context.signal.aborted) return "check";
  if (code !== 0) return afterFailure(instance, code, message, onResult, "watch");
  if (result !== undefined) onResult(result);
  return result === undefined ? "connect" : "check";
}

/** Connects, with TLS where the instance has it, and hangs up. Answers "watch" after a failure: what comes back may know more. */
export async function checkConnection(
  instance: Instance,
  context: CheckContext,
  onResult: (result: CheckResult) => void,
): Promise<CheckWay> {
  try {
    const { policy, timeoutMs, signal } = context;
    const alpn = instance.protocol === "grpc" ? (["h2"] as const) : (["h2", "http/1.1"] as const);
    const { raw } = await dial(endpointOf(instance), { policy, alpn, timeoutMs, signal });
    raw.destroy();
    onResult(serving);
    return "connect";
  } catch (error) {
    if (!context.signal.aborted) onResult({ kind: "unreachable", reason: error instanceof Error ? error.message : String(error) });
    return "watch";
  }
}

function ask(instance: Instance, way: "watch" | "check", { open, timeoutMs, signal }: CheckContext): ReturnType<OpenDuplex> {
  const method = Health.method[way];
  const isStream = way === "watch";
  const call = open(instance, `/${Health.typeName}/${method.name}`, instance.metadata, {
    kind: isStream ? "server-stream" : "unary",
    deadlineMs: isStream ? undefined : performance.now() + timeoutMs,
    signal,
  });
  call.send(wholeServer);
  call.end();
  return call;
}

/** No result where the server does not know about itself, or answers with something else: it is connected to instead. */
function resultFrom(bytes: Uint8Array): CheckResult | undefined {
  let status: Status;
  try {
    ({ status } = fromBinary(HealthCheckResponseSchema, bytes));
  } catch {
    return undefined; // a catch-all server, which knows as little of health as one that says UNIMPLEMENTED
  }
  if (status === Status.SERVING) return serving;
  return status === Status.NOT_SERVING ? { kind: "not-serving", reason: "its health check says NOT_SERVING" } : undefined;
}

/** Nobody there speaks against the instance; any other status is a server without health service, or one that does not tell us. */
function afterFailure(
  instance: Instance,
  code: number,
  message: string,
  onResult: (result: CheckResult) => void,
  again: CheckWay,
): CheckWay {
  if (code !== Code.Unavailable && code !== Code.DeadlineExceeded && code !== Code.Canceled) return "connect";
  const reason = code === Code.Unavailable ? message : `${instance.address}: no answer to its health check`;
  onResult({ kind: "unreachable", reason });
  return again;
}
