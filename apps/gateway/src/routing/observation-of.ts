import { Code } from "@connectrpc/connect";
import type { RelayResult } from "../call/relay.ts";
import type { Observation } from "../catalog/instance-health.ts";

/** Shortest silence up to a deadline that speaks against an instance, in milliseconds: a caller in a hurry proves nothing. */
export const minSilenceMs = 1_000;

/**
 * What the end of a call says about its instance. UNAVAILABLE after the request went out speaks against it, and so does a deadline of a
 * second or more that passed without a message; a cancel, a request that its caller broke off or let stall, and RESOURCE_EXHAUSTED say
 * nothing; every other status is an answer.
 * `contact` is what is known of the last attempt.
 */
export function observationOf(
  service: string,
  result: RelayResult,
  contact: "none" | "reached" | "unreachable",
): Extract<Observation, { readonly kind: "answered" | "failed" }> | undefined {
  const { outcome } = result;
  if (result.endedBy === "caller") return undefined;
  switch (outcome.code) {
    case Code.Canceled:
    case Code.ResourceExhausted:
      return undefined;
    case Code.DeadlineExceeded:
      return result.responseMessages === 0 && result.endedMs - result.startedMs >= minSilenceMs
        ? { kind: "failed", service, reason: outcome.message }
        : undefined;
    case Code.Unavailable:
      return contact === "reached" ? { kind: "failed", service, reason: outcome.message } : undefined;
    default:
      return contact === "reached" ? { kind: "answered" } : undefined;
  }
}
