import { codeFromHttpStatus, codeFromName, headerValue, parseRpcContentType, type Header, type Outcome } from "@rpcdeck/frames";
import { outcomeFromFault, toOutcome } from "../errors/to-outcome.ts";
import type { ExchangeFault } from "../net/exchange.ts";

/** gRPC status codes of HTTP/2 error codes, in the order of the latter ("gRPC over HTTP/2", Errors). */
const codeByReset: readonly number[] = [13, 13, 13, 13, 13, 13, 13, 14, 1, 13, 13, 8, 7, 13];

/** The outcome of an exchange that failed on the way; a reset stream gets the status that gRPC names for its error code. */
export function outcomeFromExchangeFault(fault: ExchangeFault): Outcome {
  const outcome = toOutcome(fault.error);
  return fault.resetCode === undefined ? outcome : { ...outcome, code: codeByReset[fault.resetCode] ?? 2 };
}

/** Longest content type that an error message repeats, in characters. */
const shownContentType = 100;

/**
 * The outcome of an answer whose messages are in another codec than the call's, or undefined. A bare type such as `application/grpc` names
 * no codec and is taken for the call's.
 */
export function outcomeOfOtherCodec(address: string, type: string, codec: string): Outcome | undefined {
  const answered = parseRpcContentType(type)?.codec;
  const isNamed = type.includes("+") || type.startsWith("application/json") || type.startsWith("application/proto");
  if (answered === undefined || answered === codec || !isNamed) return undefined;
  return outcomeFromFault("backend_malformed", `${address}: answered in codec ${answered}, and was asked in ${codec}`);
}

/** The outcome of an answer that is not this protocol's: what its HTTP status means, with the content type named. */
export function outcomeOfForeignAnswer(protocol: string, address: string, status: number, headers: readonly Header[]): Outcome {
  const type = headerValue(headers, "content-type")?.slice(0, shownContentType);
  const what = type === undefined ? "no content type" : `content type ${type}`;
  const outcome = outcomeFromFault("target_protocol", `${address}: answered HTTP ${status} with ${what}, which is not ${protocol}`);
  return { ...outcome, code: codeFromName(codeFromHttpStatus(status)) ?? 2 };
}
