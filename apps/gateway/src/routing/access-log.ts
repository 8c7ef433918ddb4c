import { nameFromCode } from "@rpcdeck/frames";
import type { Logger } from "pino";
import type { CallHead } from "../call/call.ts";
import type { RelayResult } from "../call/relay.ts";

/** Writes one line for each call at level debug: names, status, times and counts; never metadata or messages. */
export function createAccessLog(logger: Logger): (call: CallHead, result: RelayResult) => void {
  return (call, result) => {
    if (!logger.isLevelEnabled("debug")) return;
    logger.debug(
      {
        path: call.path,
        code: nameFromCode(result.outcome.code),
        instance: result.instance?.id,
        attempts: result.attempts,
        tier: result.tier,
        elapsedMs: Math.round((result.endedMs - result.startedMs) * 10) / 10,
        requestMessages: result.requestMessages,
        responseMessages: result.responseMessages,
      },
      "call",
    );
  };
}
