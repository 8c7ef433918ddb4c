import type { Header, MethodKind, Outcome } from "@rpcdeck/frames";
import type { Instance } from "../catalog/instance.ts";
import { asSeenBy, outcomeFromFault, toOutcome } from "../errors/to-outcome.ts";
import type { Call, LegListener, OutboundCall, OutboundCodec, OutboundLeg, OutcomeFacts } from "./call.ts";
import { createOrderedPipe, type OrderedPipe } from "./ordered-pipe.ts";
import { requestCountProblem, responseCountProblem, takesOneRequest } from "./message-count.ts";
import { frameWire, rawWire, type RelayWire } from "./relay-wire.ts";
import type { RunningCalls } from "./running-calls.ts";
import type { Transcoder } from "./transcoder.ts";

/** One instance to try, and how. */
export interface Attempt {
  readonly instance: Instance;
  readonly codec: OutboundCodec;
  readonly call: OutboundCall;
  /** Tier 2 when present. */
  readonly transcoder: Transcoder | undefined;
}

/** An attempt that failed. */
export interface FailedAttempt {
  readonly attempt: Attempt;
  readonly outcome: Outcome;
  readonly facts: OutcomeFacts;
}

/** Where attempts come from: routing. */
export interface Attempts {
  /**
   * The first attempt; after one that no backend saw, the next. An outcome ends the call with it. A rejection is a fault of the gateway.
   * `number` counts from 1.
   */
  next(number: number, failed: FailedAttempt | undefined): Attempt | Outcome | Promise<Attempt | Outcome>;
  /** True when every attempt can be pumped untouched (tier 0): each instance speaks gRPC and the codec needs no change. */
  readonly isRaw: boolean;
  /** Attempts of the call so far, where this relay does not see all of them. */
  count?(): number;
  /** The backend answered, or the attempt failed. Once for each attempt, before the next is asked for. */
  onAttemptEnd?(attempt: Attempt, reached: boolean, outcome: Outcome | undefined, facts: OutcomeFacts | undefined): void;
}

/** Sizes of a relayed call, and where it is listed. */
export interface RelayLimits {
  /** Largest message in bytes by its prefix, in each direction. */
  readonly maxMessageBytes: number;
  /** Request bytes kept until the backend answers, so that another instance can get them when the first never saw them. */
  readonly replayBytes: number;
  /** Where calls under way are listed, so that they can be ended from outside. Default nowhere. */
  readonly running?: RunningCalls;
}

/** Request bytes kept for another attempt: 256 KiB. */
export const defaultReplayBytes = 256 * 1024;

/**
 * Who ended a call: its backend, with an answer of whatever status; the gateway, with a fault of its own or of the way; or its caller, who
 * cancelled, went away, or sent a request that broke or stalled, which says nothing about the instance.
 */
export type EndedBy = "backend" | "gateway" | "caller";

/** How a call went. */
export interface RelayResult {
  readonly outcome: Outcome;
  readonly endedBy: EndedBy;
  /** Of the last attempt; undefined when there was none. */
  readonly instance: Instance | undefined;
  readonly attempts: number;
  readonly tier: 0 | 1 | 2;
  /** On the `performance.now()` clock. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly requestMessages: number;
  readonly responseMessages: number;
  /** Bytes of the messages as they came from the caller and from the backend, compressed where they were, without envelopes. */
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/** A deadline this close counts as passed when a leg breaks: the backend's timer may be a little ahead of ours. In milliseconds. */
const deadlineSlackMs = 10;

/**
 * Joins a call with one outbound leg at a time until an outcome: frames both ways with back-pressure, headers at once, half-close in any
 * order, cancel both ways, the deadline on our side too, and another attempt where the backend provably saw nothing. `onResult` is called
 * exactly once, after `call.end` (or after the caller went away).
 */
export function relay(call: Call, attempts: Attempts, limits: RelayLimits, onResult: (result: RelayResult) => void): void {
  if (attempts.isRaw && call.raw !== undefined) run(call, rawWire(call.raw, limits.maxMessageBytes), attempts, limits, onResult);
  else run(call, frameWire(call), attempts, limits, onResult);
}

function run<Unit extends object>(
  call: Call,
  wire: RelayWire<Unit>,
  attempts: Attempts,
  limits: RelayLimits,
  onResult: (result: RelayResult) => void,
): void {
  const startedMs = performance.now();
  let isOver = false;
  let attempt: Attempt | undefined;
  let leg: OutboundLeg | undefined;
  let number = 0;
  let isOpen = false;
  let hasResponded = false;
  let kind: MethodKind | undefined;
  // Request units; those before `sent` went to the current leg and are kept for the next one while `keeps` is true.
  let kept: Unit[] = [];
  let keptBytes = 0;
  let sent = 0;
  let keeps = true;
  let requestEnded = false;
  let requestPipe: OrderedPipe<Unit> | undefined;
  let responsePipe: OrderedPipe<Unit> | undefined;
  let responseEncoding = "identity";
  const requests = createGate(
    () => call.pauseRequests(),
    () => call.resumeRequests(),
  );
  const responses = createGate(
    () => leg?.pauseResponses(),
    () => leg?.resumeResponses(),
  );
  const timer =
    call.deadlineMs === undefined ? undefined : setTimeout(onDeadline, Math.max(0, Math.ceil(call.deadlineMs - performance.now())));

  function settle(outcome: Outcome, endedBy: EndedBy): void {
    isOver = true;
    clearTimeout(timer);
    requestPipe?.stop();
    responsePipe?.stop();
    kept = [];
    leave?.();
    onResult({
      outcome,
      endedBy,
      instance: attempt?.instance,
      attempts: attempts.count?.() ?? number,
      tier: wire.isRaw ? 0 : attempt?.transcoder === undefined ? 1 : 2,
      startedMs,
      endedMs: performance.now(),
      requestMessages: wire.requestMessages(),
      responseMessages: wire.responseMessages(),
      requestBytes: wire.requestBytes(),
      responseBytes: wire.responseBytes(),
    });
  }
  function answer(outcome: Outcome, endedBy: EndedBy): void {
    if (isOver) return;
    call.end(hasResponded ? outcome : { ...outcome, headers: [...outcome.headers, ...ownHeaders()] });
    settle(outcome, endedBy);
  }
  /** An outcome of ours. */
  function finish(outcome: Outcome): void {
    answer(asSeenBy(call, outcome), "gateway");
  }
  /** A fault of ours: the backend is told to stop. */
  function breakOff(outcome: Outcome): void {
    if (isOver) return;
    leg?.cancel();
    finish(outcome);
  }
  function onDeadline(): void {
    breakOff(deadlineOutcome(attempt?.instance));
  }
  function ownHeaders(): Header[] {
    return attempt === undefined
      ? []
      : [
          ["rpcdeck-instance", headerText(attempt.instance.id)],
          ["rpcdeck-attempts", String(attempts.count?.() ?? number)],
        ];
  }

  /**
   * The end of the one request message of a unary or server-stream call waits until it is known that no other follows: a backend that
   * does not look (grpc-go) would have begun by then.
   */
  function mayPass(): boolean {
    return requestEnded || !takesOneRequest(kind) || wire.requestMessages() === 0 || !wire.requestAtBoundary();
  }
  function flush(): void {
    while (sent < kept.length && isOpen && !isOver && mayPass()) toLeg(kept[sent++] as Unit);
    if (isOver || !isOpen) return;
    requests.set("starting", false);
    if (sent < kept.length) return;
    if (!keeps || keptBytes > limits.replayBytes) dropKept();
    if (requestEnded) endLeg();
  }
  function dropKept(): void {
    keeps = false;
    kept = [];
    sent = 0;
  }
  function toLeg(unit: Unit): void {
    if (requestPipe === undefined) writeLeg(unit);
    else requestPipe.push(unit);
  }
  function writeLeg(unit: Unit): void {
    if (leg !== undefined && !wire.writeLeg(leg, unit)) requests.set("full", true);
  }
  function endLeg(): void {
    const ending = leg;
    if (requestPipe === undefined) ending?.end();
    else requestPipe.whenIdle(() => ending?.end());
  }

  function tryNext(failed: FailedAttempt | undefined): void {
    let choice: ReturnType<Attempts["next"]>;
    try {
      choice = attempts.next(number + 1, failed);
    } catch (error) {
      return finish(toOutcome(error));
    }
    if (choice instanceof Promise) {
      choice.then(start, (error: unknown) => {
        finish(toOutcome(error));
      });
    } else start(choice);
  }
  function start(choice: Attempt | Outcome): void {
    if (isOver) return;
    if (!("codec" in choice)) return finish(choice);
    attempt = choice;
    number = choice.call.attempt;
    kind = choice.call.kind;
    if (!requestEnded && takesOneRequest(kind)) call.expectOneRequest?.();
    isOpen = false;
    sent = 0;
    requests.set("full", false);
    const problem = requestCountProblem(kind, wire.requestMessages(), requestEnded);
    if (problem !== undefined) return finish(problem);
    const { transcoder } = choice;
    requestPipe?.stop();
    requestPipe =
      transcoder === undefined
        ? undefined
        : transcodingPipe((unit) => wire.transcode(unit, (frame) => transcoder.toBackend(frame)), writeLeg, requests);
    responsePipe =
      transcoder === undefined
        ? undefined
        : transcodingPipe((unit) => wire.transcode(unit, (frame) => transcoder.toCaller(frame, responseEncoding)), writeCall, responses);
    const opened = choice.codec.open(choice.call, choice.instance, listenerFor(choice));
    leg = opened;
    wire.bindLeg(opened, onResponseUnit);
    call.trace?.attempt(number, { id: choice.instance.id, address: choice.instance.address }, opened.protocol);
  }
  function transcodingPipe(step: (unit: Unit) => Unit | Promise<Unit>, deliver: (unit: Unit) => void, gate: Gate): OrderedPipe<Unit> {
    return createOrderedPipe<Unit>({
      step,
      deliver,
      onFault(error) {
        breakOff(toOutcome(error));
      },
      onBusy(isBusy) {
        gate.set("busy", isBusy);
      },
    });
  }

  function listenerFor(own: Attempt): LegListener {
    return {
      onOpen() {
        if (isOver || attempt !== own) return;
        isOpen = true;
        flush();
      },
      onHeaders(headers, encoding) {
        if (isOver || attempt !== own) return;
        responseEncoding = encoding;
        hasResponded = true;
        dropOrKeep();
        attempts.onAttemptEnd?.(own, true, undefined, undefined);
        wire.respond([...headers, ...ownHeaders()], own.transcoder?.encoding ?? encoding);
      },
      onFrame: (frame) => {
        if (attempt === own) onResponseUnit(frame as unknown as Unit); // only the frame wire gets frames
      },
      onDrain() {
        if (attempt === own) requests.set("full", false);
      },
      onOutcome(outcome, facts) {
        if (isOver || attempt !== own) return;
        if (responsePipe === undefined) onLegEnd(own, outcome, facts);
        else responsePipe.whenIdle(() => onLegEnd(own, outcome, facts));
      },
    };
  }
  /** Once the backend answers nothing has to be kept; what the leg has not taken yet still has to go. */
  function dropOrKeep(): void {
    keeps = false;
    if (sent === kept.length) dropKept();
  }
  function onResponseUnit(unit: Unit): void {
    if (isOver) return;
    const problem = wire.countResponse(unit) ?? responseCountProblem(kind, wire.responseMessages(), false);
    if (problem !== undefined) return breakOff(problem);
    if (responsePipe === undefined) writeCall(unit);
    else responsePipe.push(unit);
  }
  function writeCall(unit: Unit): void {
    if (!isOver && !wire.writeCall(unit)) responses.set("full", true);
  }
  function onLegEnd(own: Attempt, outcome: Outcome, facts: OutcomeFacts): void {
    if (isOver) return;
    if (!hasResponded) attempts.onAttemptEnd?.(own, !facts.unseen, outcome, facts);
    if (facts.unseen && !hasResponded && keeps) return tryNext({ attempt: own, outcome, facts });
    if (facts.local && call.deadlineMs !== undefined && performance.now() >= call.deadlineMs - deadlineSlackMs) {
      return finish(deadlineOutcome(own.instance));
    }
    if (facts.local) return finish(outcome);
    if (outcome.code !== 0) return answer(outcome, "backend");
    const problem = wire.responseCut() ?? responseCountProblem(kind, wire.responseMessages(), true);
    if (problem === undefined) answer(outcome, "backend");
    else finish(problem);
  }

  const leave = limits.running?.add(call, breakOff);
  call.onDrain = () => {
    responses.set("full", false);
  };
  wire.listen({
    onUnit(unit) {
      if (isOver) return;
      const problem = wire.countRequest(unit) ?? requestCountProblem(kind, wire.requestMessages(), false);
      if (problem !== undefined) return breakOff(problem);
      if (isOpen && !keeps && sent === kept.length && mayPass()) return toLeg(unit);
      kept.push(unit);
      keptBytes += wire.sizeOf(unit);
      if (isOpen) flush();
      else if (keptBytes > limits.replayBytes) requests.set("starting", true);
    },
    onEnd() {
      if (isOver || requestEnded) return;
      requestEnded = true;
      const problem = requestCountProblem(kind, wire.requestMessages(), true);
      if (problem !== undefined) return breakOff(problem);
      flush();
    },
    onCancel(outcome) {
      if (isOver) return;
      leg?.cancel();
      settle(outcome, "caller");
    },
  });
  tryNext(undefined);
}

/** Pauses a source while any reason holds. */
interface Gate {
  set(reason: "full" | "busy" | "starting", holds: boolean): void;
}

function createGate(pause: () => void, resume: () => void): Gate {
  let full = false;
  let busy = false;
  let starting = false;
  return {
    set(reason, holds) {
      const before = full || busy || starting;
      if (reason === "full") full = holds;
      else if (reason === "busy") busy = holds;
      else starting = holds;
      const now = full || busy || starting;
      if (now && !before) pause();
      else if (!now && before) resume();
    },
  };
}

function deadlineOutcome(instance: Instance | undefined): Outcome {
  const who = instance === undefined ? "no instance answered" : `${instance.address}: the call did not end`;
  return outcomeFromFault("deadline_exceeded", `${who} within its deadline`);
}

/** Text that any header can carry: what is not printable ASCII becomes %XX. */
function headerText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- everything outside printable ASCII is looked for
  return text.replaceAll(/[^\x21-\x7e]+/gu, (part) => encodeURIComponent(part.toWellFormed()));
}
