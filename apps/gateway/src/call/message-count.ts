import type { MethodKind, Outcome } from "@rpcdeck/frames";
import { outcomeFromFault } from "../errors/to-outcome.ts";

/** gRPC's status for a wrong number of messages ("Statuscodes", cardinality violation). */
const unimplemented = 12;

/** True for methods that are known to take exactly one request message. */
export function takesOneRequest(kind: MethodKind | undefined): boolean {
  return kind === "unary" || kind === "server-stream";
}

/**
 * What is wrong with the number of request messages of a method: unary and server-stream methods take exactly one. Undefined while nothing
 * is wrong, and for a kind that is not known. `isWhole` says that no more will come.
 */
export function requestCountProblem(kind: MethodKind | undefined, messages: number, isWhole: boolean): Outcome | undefined {
  if (!takesOneRequest(kind)) return undefined;
  if (messages > 1) return cardinality("request_malformed", `a ${kind} method takes one request message, not more`);
  if (isWhole && messages === 0) return cardinality("request_malformed", `a ${kind} method takes one request message, not none`);
  return undefined;
}

/** The same for responses that end well: unary and client-stream methods answer with exactly one message. */
export function responseCountProblem(kind: MethodKind | undefined, messages: number, isWhole: boolean): Outcome | undefined {
  if (kind !== "unary" && kind !== "client-stream") return undefined;
  if (messages > 1) return cardinality("backend_malformed", `the backend answered a ${kind} method with more than one message`);
  if (isWhole && messages === 0) return cardinality("backend_malformed", `the backend answered a ${kind} method without a message`);
  return undefined;
}

function cardinality(fault: "request_malformed" | "backend_malformed", message: string): Outcome {
  return { ...outcomeFromFault(fault, message), code: unimplemented };
}
