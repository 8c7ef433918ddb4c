import type { Call } from "../call/call.ts";
import type { RelayResult } from "../call/relay.ts";
import { isOwnService } from "./own-service.ts";
import type { TrafficCall } from "./traffic.ts";

/** What traffic shows of a call that ended; undefined for one that went nowhere, and for the page's own questions, which nobody wants to see. */
export function trafficOf(call: Call, result: RelayResult): TrafficCall | undefined {
  if (result.instance === undefined || (isOwnService(call.service) && call.choices.target === undefined)) return undefined;
  const { code } = result.outcome;
  const hasFailed = code !== 0 && result.endedBy !== "caller";
  return { service: call.service, instanceId: result.instance.id, code, hasFailed, elapsedMs: result.endedMs - result.startedMs };
}
