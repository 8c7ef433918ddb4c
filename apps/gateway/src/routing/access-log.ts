import { nameFromCode } from "@rpcdeck/frames";
import type { Logger } from "pino";
import type { Call } from "../call/call.ts";
import type { RelayResult } from "../call/relay.ts";
import { traceContextFrom } from "../call/trace-context.ts";

/** One call that ended, as the access log shows it: names, status, times and counts; never metadata or messages. */
export interface AccessRecord {
  readonly path: string;
  /** How the caller spoke, such as "Connect over HTTP/1.1". */
  readonly protocol: string;
  /** Address of the caller's connection, such as `127.0.0.1:51234`; undefined where it has none. */
  readonly peer: string | undefined;
  /** Id of the instance that was called last; undefined when none was. */
  readonly instance: string | undefined;
  /** Status by name, such as "ok" or "not_found". */
  readonly code: string;
  readonly attempts: number;
  /** 0: bytes pumped untouched, 1: messages re-wrapped, 2: JSON turned into proto. */
  readonly tier: 0 | 1 | 2;
  readonly requestMessages: number;
  readonly responseMessages: number;
  /** Of the messages, without envelopes. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly elapsedMs: number;
  /** Trace id of the call's traceparent; undefined without one. */
  readonly trace: string | undefined;
  /** The process of --workers that relayed it, 0 for the lead; undefined without workers. */
  readonly worker: number | undefined;
}

/** What the access log shows beside the call itself. */
export interface AccessLogOptions {
  /** Default: the trace id of the caller's traceparent. */
  readonly traceIdOf?: ((call: Call) => string | undefined) | undefined;
  readonly worker?: number | undefined;
}

/** Takes every call that ended: a JSON line each to `write` (--access-log), and one to the log at level debug. */
export function createAccessLog(
  logger: Logger,
  write: ((line: string) => void) | undefined,
  options: AccessLogOptions = {},
): (call: Call, result: RelayResult) => void {
  const traceIdOf = options.traceIdOf ?? ((call: Call) => traceContextFrom(call.metadata)?.traceId);
  return (call, result) => {
    const isDebugged = logger.isLevelEnabled("debug");
    if (write === undefined && !isDebugged) return;
    const record = recordOf(call, result, { trace: traceIdOf(call), worker: options.worker });
    write?.(`${JSON.stringify({ time: new Date().toISOString(), ...record })}\n`);
    if (isDebugged) logger.debug(record, "call");
  };
}

function recordOf(call: Call, result: RelayResult, known: Pick<AccessRecord, "trace" | "worker">): AccessRecord {
  return {
    path: call.path,
    protocol: call.protocol,
    peer: call.peer,
    instance: result.instance?.id,
    code: nameFromCode(result.outcome.code),
    attempts: result.attempts,
    tier: result.tier,
    requestMessages: result.requestMessages,
    responseMessages: result.responseMessages,
    requestBytes: result.requestBytes,
    responseBytes: result.responseBytes,
    elapsedMs: Math.round((result.endedMs - result.startedMs) * 10) / 10,
    ...known,
  };
}
