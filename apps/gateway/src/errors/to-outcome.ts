import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Detail, type Header, type Outcome, outcomeOf } from "@rpcdeck/frames";
import { GatewayFaultSchema } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { GatewayError, gatewayFaults, type GatewayFaultCode } from "./gateway-error.ts";

/** Type URL of the detail that every fault of the gateway carries. */
export const gatewayFaultTypeUrl = `type.googleapis.com/${GatewayFaultSchema.typeName}`;

/**
 * The one way an error becomes an {@link Outcome}:
 * - a `GatewayError` gets the status of its code and one `rpcdeck.v1.GatewayFault` detail with code, hint and info;
 * - a `ConnectError` (of a service of our own) keeps its code, message, details and metadata, the latter as trailers;
 * - an abort is `canceled`, a timeout `deadline_exceeded`;
 * - anything else is a bug of ours: `internal`, without its message, which may hold secrets. Log it where it was caught.
 */
export function toOutcome(error: unknown): Outcome {
  if (error instanceof GatewayError) return outcomeFromFault(error.code, error.message, error.info);
  if (error instanceof ConnectError) return outcomeFromConnectEsError(error);
  if (error instanceof Error && error.name === "AbortError") return outcomeOf("canceled", "the call was cancelled");
  if (error instanceof Error && error.name === "TimeoutError") return outcomeOf("deadline_exceeded", "the deadline passed");
  return outcomeOf("internal", "internal error of the gateway; its log has more");
}

/** The outcome of a fault of the gateway itself, where no error was thrown. */
export function outcomeFromFault(code: GatewayFaultCode, message: string, info: Readonly<Record<string, string>> = {}): Outcome {
  const { code: status, hint } = gatewayFaults[code];
  const fault = create(GatewayFaultSchema, { code, hint, info });
  return {
    code: status,
    message,
    details: [{ typeUrl: gatewayFaultTypeUrl, bytes: toBinary(GatewayFaultSchema, fault) }],
    headers: [],
    trailers: [],
    ...(code === "unknown_service" || code === "unknown_method" ? { httpStatus: 404 } : {}),
  };
}

/**
 * A fault of the way as the caller gets it. A caller that watches its call (the page) gets the `GatewayFault` detail; any other client gets what
 * every server of its protocol would answer: the status and the message, with no detail that it did not ask for.
 */
export function asSeenBy(call: { readonly trace: object | undefined }, outcome: Outcome): Outcome {
  if (call.trace !== undefined || outcome.details.length === 0) return outcome;
  return { ...outcome, details: outcome.details.filter(({ typeUrl }) => typeUrl !== gatewayFaultTypeUrl) };
}

function outcomeFromConnectEsError(error: ConnectError): Outcome {
  const details: Detail[] = [];
  for (const detail of error.details) {
    if ("desc" in detail) {
      const value = create(detail.desc, detail.value);
      details.push({ typeUrl: `type.googleapis.com/${detail.desc.typeName}`, bytes: toBinary(detail.desc, value) });
    } else {
      details.push({ typeUrl: `type.googleapis.com/${detail.type}`, bytes: detail.value });
    }
  }
  const trailers: Header[] = [];
  error.metadata.forEach((value, name) => trailers.push([name, value]));
  return { code: isStatus(error.code) ? error.code : Code.Unknown, message: error.rawMessage, details, headers: [], trailers };
}

function isStatus(code: number): boolean {
  return Number.isInteger(code) && code >= 1 && code <= 16;
}

/** A fault as the `ConnectError` that our own services throw: the same status, hint and detail as {@link toOutcome} gives. */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  if (error instanceof GatewayError) {
    const { code, hint } = gatewayFaults[error.code];
    return new ConnectError(
      error.message,
      code,
      undefined,
      [{ desc: GatewayFaultSchema, value: { code: error.code, hint, info: { ...error.info } } }],
      error.cause,
    );
  }
  const outcome = toOutcome(error);
  return new ConnectError(outcome.message, outcome.code, undefined, undefined, error);
}
