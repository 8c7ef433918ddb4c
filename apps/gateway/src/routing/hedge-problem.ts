import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import type { Outcome } from "@rpcdeck/frames";
import type { CallHead } from "../call/call.ts";
import { outcomeFromFault } from "../errors/to-outcome.ts";
import type { MethodProblem, MethodSchema } from "../schema/schema-view.ts";
import { isOwnService } from "./own-service.ts";

/** Longest time of rpcdeck-hedge, in milliseconds. */
export const maxHedgeMs = 60_000;

const rule = "only unary methods marked idempotency_level = NO_SIDE_EFFECTS can be hedged";

/** The time of a call's rpcdeck-hedge in milliseconds, or why its other choices forbid it. Only for calls that have the header. */
export function hedgeTimeOf(call: CallHead, text: string): number | Outcome {
  const { target, fail } = call.choices;
  const waitMs = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (waitMs < 1 || waitMs > maxHedgeMs) {
    return refused(`rpcdeck-hedge: ${text.slice(0, 100)} is not a whole number of milliseconds from 1 to ${maxHedgeMs}`);
  }
  if (target !== undefined) return refused(`${call.path} cannot be hedged: rpcdeck-target names the one instance it may go to`);
  if (fail === "failfast") return refused(`${call.path} cannot be hedged: rpcdeck-fail: failfast allows one attempt`);
  if (isOwnService(call.service)) return refused(`${call.path} cannot be hedged: the gateway itself answers it`);
  return waitMs;
}

/** Why a method may not be called twice at once; undefined where it may. */
export function hedgeProblem(path: string, method: MethodSchema | MethodProblem): Outcome | undefined {
  if ("problem" in method) return refused(`${path} cannot be hedged: ${rule}, and its schema is not known: ${method.problem}`);
  if (method.kind !== "unary") return refused(`${path} cannot be hedged: it is a ${method.kind} method, and ${rule}`);
  if (method.method.idempotency === Idempotency.NO_SIDE_EFFECTS) return undefined;
  return refused(`${path} cannot be hedged: it is not marked as free of side effects, and ${rule}`);
}

function refused(message: string): Outcome {
  return outcomeFromFault("hedge_refused", message);
}
