import { outcomeOf, type Frame, type Outcome } from "@rpcdeck/frames";
import type { Call, FrameListener } from "../call/call.ts";
import { relay, type Attempt, type Attempts, type RelayLimits, type RelayResult } from "../call/relay.ts";
import { asSeenBy } from "../errors/to-outcome.ts";

/** What came of a hedge: its answer was the first, the other one's was, or there could be none. */
export type HedgeResult = "won" | "lost" | "refused";

/** How a call is hedged. */
export interface HedgeOptions<Kind extends Attempts> {
  /** Time from the whole request to the second attempt, while no answer has begun, in milliseconds. */
  readonly waitMs: number;
  readonly limits: RelayLimits;
  /** Attempts of the first way, retries included. */
  readonly first: Kind;
  /** The one further attempt; undefined where there is no instance for it or the retry budget is spent. Asked at most once. */
  readonly second: () => Kind | undefined;
  /** Told how each way ended, before the call is told to have ended. */
  readonly onWayEnd: (attempts: Kind, result: RelayResult) => void;
  /** Told once, and only where the time passed before an answer began. */
  readonly onHedge: (result: HedgeResult) => void;
  /** The call ended. */
  readonly onResult: (result: RelayResult) => void;
}

/** One of the calls that a hedged call is for the relay: its request is the call's, its answer counts when it is the first. */
interface Way<Kind> {
  readonly call: Call;
  readonly attempts: Kind;
  listener: FrameListener | undefined;
  isPaused: boolean;
  /** What it would tell the caller. */
  outcome: Outcome | undefined;
  result: RelayResult | undefined;
}

/**
 * Relays a unary call without side effects two ways: one begins now, the other at another instance when the first has not begun to answer
 * in time. The first answer wins, whatever its status; the other way is cancelled. A fault of one way (no connection, a reset) ends the
 * call only when no other way is left. What is sent twice is bounded by `limits.replayBytes`.
 */
export function relayHedged<Kind extends Attempts>(call: Call, options: HedgeOptions<Kind>): void {
  const { limits } = options;
  const { running, ...wayLimits } = limits;
  const startedMs = performance.now();
  const ways: Way<Kind>[] = [];
  let winner: Way<Kind> | undefined;
  let hasResponded = false;
  let isOver = false;
  let started = 0;
  let request: Frame[] = [];
  let requestBytes = 0;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  function open(inner: Kind): Way<Kind> {
    const isSecond = ways.length > 0;
    const trace = call.trace?.beside();
    const numbered = (choice: Attempt | Outcome): Attempt | Outcome => {
      if (!("codec" in choice)) return choice;
      started++;
      arm();
      return { ...choice, call: { ...choice.call, trace, attempt: started } };
    };
    const attempts: Attempts = {
      isRaw: false,
      next(_number, failed) {
        if (isSecond && failed !== undefined) return failed.outcome;
        const choice = inner.next(started + 1, failed);
        return choice instanceof Promise ? choice.then(numbered) : numbered(choice);
      },
      count: () => started,
      onAttemptEnd: (...facts) => inner.onAttemptEnd?.(...facts),
    };
    const way: Way<Kind> = { call: wayCall(call, trace, () => way), attempts: inner, listener: undefined, isPaused: false, ...nothing };
    ways.push(way);
    relay(way.call, attempts, wayLimits, (result) => onWayEnd(way, result));
    return way;
  }

  function wayCall(parent: Call, trace: Call["trace"], self: () => Way<Kind>): Call {
    return {
      path: parent.path,
      service: parent.service,
      method: parent.method,
      metadata: parent.metadata,
      deadlineMs: parent.deadlineMs,
      codec: parent.codec,
      encoding: parent.encoding,
      acceptEncodings: parent.acceptEncodings,
      kind: parent.kind,
      choices: parent.choices,
      isGet: parent.isGet === true,
      protocol: parent.protocol,
      peer: parent.peer,
      trace,
      listen(listener) {
        self().listener = listener;
      },
      pauseRequests() {
        self().isPaused = true;
        parent.pauseRequests();
      },
      resumeRequests() {
        self().isPaused = false;
        resume();
      },
      expectOneRequest: () => parent.expectOneRequest?.(),
      respond(headers, encoding) {
        if (!win(self())) return;
        hasResponded = true;
        parent.respond(headers, encoding);
      },
      write: (frame) => (winner === self() ? parent.write(frame) : true),
      onDrain: () => {},
      end(outcome) {
        self().outcome = outcome;
      },
    };
  }

  function resume(): void {
    if (!ways.some((way) => way.isPaused && way.result === undefined)) call.resumeRequests();
  }

  /** True for the way whose answer is the first; the other is cancelled then. */
  function win(way: Way<Kind>): boolean {
    if (isOver || (winner !== undefined && winner !== way)) return false;
    if (winner !== undefined) return true;
    winner = way;
    clearTimeout(timer);
    request = [];
    cancelAll(outcomeOf("canceled", "another instance answered first"), way);
    return true;
  }

  function cancelAll(outcome: Outcome, butFor?: Way<Kind>): void {
    for (const way of ways) if (way !== butFor && way.result === undefined) way.listener?.onCancel(outcome);
  }

  function onWayEnd(way: Way<Kind>, result: RelayResult): void {
    way.result = result;
    options.onWayEnd(way.attempts, result);
    if (isOver || result.endedBy === "caller") return;
    const isLast = ways.every(({ result: ended }) => ended !== undefined);
    if (result.endedBy === "backend" || isLast || winner === way) {
      if (!win(way)) return;
      if (way.outcome !== undefined) call.end(way.outcome);
      finish(result);
    } else resume(); // a way that is gone holds nobody up
  }

  function finish(result: RelayResult): void {
    isOver = true;
    clearTimeout(timer);
    request = [];
    leave?.();
    if (ways.length > 1) options.onHedge(winner === ways[1] && (hasResponded || result.endedBy === "backend") ? "won" : "lost");
    options.onResult({ ...result, attempts: started, startedMs, endedMs: performance.now() });
  }

  /** Ends the call from outside the two ways. */
  function stop(outcome: Outcome, endedBy: "caller" | "gateway"): void {
    if (isOver) return;
    isOver = true;
    cancelAll(outcome);
    const seen = (winner ?? ways.findLast(({ result }) => result?.instance !== undefined) ?? ways[0])?.result;
    if (endedBy === "gateway") call.end(asSeenBy(call, outcome));
    if (seen !== undefined) finish({ ...seen, outcome, endedBy });
  }

  /** The time runs once the request is whole and with an instance. */
  function arm(): void {
    if (!hasEnded || started === 0 || isOver || winner !== undefined) return;
    timer ??= setTimeout(onTime, options.waitMs);
  }

  function onTime(): void {
    if (isOver || winner !== undefined) return;
    const attempts = requestBytes > limits.replayBytes ? undefined : options.second();
    if (attempts === undefined) return options.onHedge("refused");
    const way = open(attempts);
    for (const frame of request) way.listener?.onFrame(frame);
    way.listener?.onEnd();
  }

  const leave = running?.add(call, (outcome) => stop(outcome, "gateway"));
  call.onDrain = () => winner?.call.onDrain();
  open(options.first);
  if (isOver) return;
  call.listen({
    onFrame(frame) {
      requestBytes += frame.bytes.length;
      if (requestBytes > limits.replayBytes || winner !== undefined) request = [];
      else request.push(frame);
      for (const way of ways) if (way.result === undefined) way.listener?.onFrame(frame);
    },
    onEnd() {
      hasEnded = true;
      for (const way of ways) if (way.result === undefined) way.listener?.onEnd();
      arm();
    },
    onCancel: (outcome) => stop(outcome, "caller"),
  });
}

const nothing = { outcome: undefined, result: undefined } as const;
