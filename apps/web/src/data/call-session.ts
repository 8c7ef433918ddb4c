import { headerValue, outcomeOf, type Header, type MethodKind, type Outcome } from "@rpcdeck/frames";
import type { TraceEvent } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { hexOf } from "#lib/hex-of.ts";
import type { BrowserLeg, LegListener, LegRequest } from "./browser-leg.ts";
import type { CallSession, CallSnapshot, CallState, Carrier } from "./call-state.ts";
import { deadlineOf, type Draft } from "./draft.ts";
import { openFetchLeg } from "./fetch-leg.ts";
import { createMessageLog } from "./message-log.ts";
import { policyHeaders } from "./policy-headers.ts";
import { fetchObstacle, metadataHeaders } from "./request-headers.ts";
import type { StreamSlots } from "./stream-slots.ts";
import type { TunnelClient } from "./tunnel-client.ts";
import { openTunnelLeg, type LegCompression } from "./tunnel-leg.ts";

/** The page waits this long for the gateway's own word that the deadline passed, which says more. */
export const deadlineGraceMs = 1_000;
/** The trace of an ended call that says nothing for this long is given up. */
export const traceSilenceMs = 5_000;

/** What a call needs beside its draft. */
export interface CallContext {
  readonly kind: MethodKind;
  /** The first message in the draft's codec; undefined opens a client or bidi stream without one. */
  readonly first: Uint8Array | undefined;
  /** Origin of the gateway, such as `http://127.0.0.1:8080`. */
  readonly origin: string;
  readonly token: string | undefined;
  readonly tunnel: TunnelClient;
  readonly slots: StreamSlots;
  /** Compresses and undoes what a tunnel leg cannot by itself. */
  readonly compression: LegCompression;
  /** Calls back before the next frame is drawn. Default: animation frames, slower where the page is hidden. */
  readonly onFrame?: (callback: () => void) => void;
}

/** How this draft would go: by fetch where the browser can say it all, else in the tunnel (decision 2). */
export function carrierOf(
  draft: Pick<Draft, "protocol" | "metadata" | "encoding">,
  kind: MethodKind,
  slots: Pick<StreamSlots, "isFree">,
): Carrier {
  if (draft.protocol === "grpc") return { kind: "tunnel", reason: "gRPC-framed messages in the tunnel: a browser cannot send gRPC itself" };
  if (kind === "client-stream" || kind === "bidi")
    return { kind: "tunnel", reason: `fetch cannot carry a ${kind === "bidi" ? "bidi" : "client"} stream` };
  if (draft.encoding === "br" || draft.encoding === "zstd")
    return { kind: "tunnel", reason: `a browser cannot compress with ${draft.encoding}, the gateway does it` };
  const obstacle = fetchObstacle(metadataHeaders(draft.metadata));
  if (obstacle !== undefined) return { kind: "tunnel", reason: obstacle };
  if (kind === "server-stream" && !slots.isFree())
    return { kind: "tunnel", reason: "two streams by fetch are open already, and a browser has six connections" };
  return { kind: "fetch" };
}

/** Sends a draft and answers its session. The draft's metadata must be without problems. */
export function startCall(draft: Draft, context: CallContext): CallSession {
  const { kind, tunnel } = context;
  const id = randomCallId();
  const deadlineMs = deadlineOf(draft, kind !== "unary");
  const onFrame = context.onFrame ?? beforeNextFrame;
  const carrier = carrierOf(draft, kind, context.slots);
  const freeSlot = carrier.kind === "fetch" && kind === "server-stream" ? context.slots.take() : undefined;
  const listeners = new Set<() => void>();
  const log = createMessageLog();
  const trace: TraceEvent[] = [];
  const startedAt = Date.now();
  const since = performance.now();
  let state: CallState = { kind: "opening", since };
  let requestHeaders: readonly Header[] = [];
  let responseHeaders: readonly Header[] = [];
  let paused = false;
  let pausedSince = 0;
  let allowance = 0;
  let held: { readonly bytes: Uint8Array; readonly wireSize: number }[] = [];
  let traceDone = false;
  let traceProblem: string | undefined;
  let traceTimer: ReturnType<typeof setTimeout> | undefined;
  let scheduled = false;

  const take = (): CallSnapshot => ({
    startedAt,
    carrier,
    deadlineMs,
    state,
    codec: draft.codec,
    requestHeaders,
    responseHeaders,
    messages: log.messages,
    messageCount: log.counts.sent + log.counts.received,
    droppedMessages: log.counts.dropped,
    sentCount: log.counts.sent,
    receivedCount: log.counts.received,
    sentBytes: log.counts.sentBytes,
    receivedBytes: log.counts.receivedBytes,
    paused,
    pausedSince: paused ? pausedSince : undefined,
    heldCount: held.length,
    countOnly: log.countOnly,
    instance: headerValue(responseHeaders, "rpcdeck-instance"),
    attempts: Number(headerValue(responseHeaders, "rpcdeck-attempts")) || undefined,
    trace,
    traceDone,
    traceProblem,
  });
  let snapshot = take();

  const changed = () => {
    if (scheduled) return;
    scheduled = true;
    onFrame(() => {
      scheduled = false;
      snapshot = take();
      for (const listener of listeners) listener();
    });
  };

  // The trace first, so that nothing of the call is missed.
  const stopWatching = tunnel.watch(id, {
    onEvents(events, done) {
      for (const event of events) trace.push(event);
      if (done) endTrace(undefined);
      else if (state.kind === "ended") waitForTrace();
      changed();
    },
    onProblem: (problem) => {
      endTrace(problem);
    },
  });
  const endTrace = (problem: string | undefined) => {
    if (traceDone || traceProblem !== undefined) return;
    clearTimeout(traceTimer);
    stopWatching();
    if (problem === undefined) traceDone = true;
    else traceProblem = problem;
    changed();
  };
  const waitForTrace = () => {
    if (traceDone || traceProblem !== undefined) return;
    clearTimeout(traceTimer);
    traceTimer = setTimeout(() => {
      endTrace(trace.length === 0 ? "The gateway recorded nothing of this call" : "The gateway stopped before the end of the record");
    }, traceSilenceMs);
  };

  const receive = (bytes: Uint8Array, wireSize: number) => {
    log.add("received", bytes, wireSize, performance.now());
    leg.consumed(wireSize);
  };

  const end = (outcome: Outcome, cancelled: boolean) => {
    if (state.kind === "ended") return;
    for (const message of held) receive(message.bytes, message.wireSize);
    held = [];
    paused = false;
    clearTimeout(deadline);
    freeSlot?.();
    if (outcome.headers.length > 0 && responseHeaders.length === 0) responseHeaders = outcome.headers;
    state = { kind: "ended", since, endedAt: performance.now(), outcome, cancelled };
    waitForTrace();
    changed();
  };

  const listener: LegListener = {
    onSent(headers) {
      requestHeaders = headers;
      changed();
    },
    onHeaders(headers) {
      responseHeaders = headers;
      if (state.kind === "opening") state = { kind: "open", since, halfClosed: halfClosed() };
      changed();
    },
    onMessage(bytes, wireSize) {
      if (state.kind === "opening") state = { kind: "open", since, halfClosed: halfClosed() };
      if (paused && allowance === 0) held.push({ bytes, wireSize });
      else {
        if (paused) {
          allowance -= 1;
          if (allowance === 0) leg.pause();
        }
        receive(bytes, wireSize);
      }
      changed();
    },
    onEnd(outcome) {
      end(outcome, false);
    },
  };

  let requestsDone = kind === "unary" || kind === "server-stream";
  const halfClosed = () => requestsDone;

  const deadline =
    deadlineMs === undefined
      ? undefined
      : setTimeout(() => {
          leg.cancel();
          end(outcomeOf("deadline_exceeded", `the deadline of ${deadlineMs} ms passed, and the gateway did not say so`), false);
        }, deadlineMs + deadlineGraceMs);

  const request: LegRequest = {
    path: `/${draft.service}/${draft.method}`,
    kind,
    codec: draft.codec,
    headers: [...ownHeaders(draft, id), ...metadataHeaders(draft.metadata)],
    timeoutMs: deadlineMs,
    encoding: draft.encoding,
  };

  const logSent = (bytes: Uint8Array) => (wireSize: number) => {
    log.add("sent", bytes, wireSize, performance.now());
    changed();
  };

  const { first } = context;
  const leg: BrowserLeg =
    carrier.kind === "tunnel"
      ? openTunnelLeg(tunnel, request, listener, context.compression)
      : openFetchLeg(
          {
            ...request,
            origin: context.origin,
            protocol: draft.protocol === "grpc-web" ? "grpc-web" : "connect",
            token: context.token,
            message: first ?? new Uint8Array(),
            useGet: draft.useGet,
          },
          listener,
          logSent(first ?? new Uint8Array()),
        );
  if (carrier.kind === "tunnel") {
    if (first !== undefined) leg.send(first, logSent(first));
    if (requestsDone) leg.halfClose();
  }

  return {
    id,
    snapshot: () => snapshot,
    subscribe(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    send(message) {
      if (requestsDone || state.kind === "ended") return;
      leg.send(message, logSent(message));
    },
    halfClose() {
      if (requestsDone || state.kind === "ended") return;
      requestsDone = true;
      leg.halfClose();
      if (state.kind === "open") state = { ...state, halfClosed: true };
      changed();
    },
    cancel() {
      if (state.kind === "ended") return;
      leg.cancel();
      end(outcomeOf("canceled", "cancelled here"), true);
    },
    pause() {
      if (state.kind === "ended" || paused) return;
      paused = true;
      pausedSince = performance.now();
      allowance = 0;
      leg.pause();
      changed();
    },
    resume() {
      if (!paused) return;
      paused = false;
      allowance = 0;
      for (const message of held.splice(0)) receive(message.bytes, message.wireSize);
      leg.resume();
      changed();
    },
    read(messages) {
      if (!paused) return;
      const now = held.splice(0, messages);
      for (const message of now) receive(message.bytes, message.wireSize);
      allowance = messages - now.length;
      if (allowance > 0) leg.resume();
      changed();
    },
    setCountOnly(countOnly) {
      log.countOnly = countOnly;
      changed();
    },
  };
}

/** The headers that are for the gateway. */
function ownHeaders(draft: Draft, id: string): Header[] {
  return [
    ["rpcdeck-call", id],
    ...(draft.schemaId === undefined ? [] : [["rpcdeck-schema", draft.schemaId] as const]),
    ...policyHeaders(draft),
  ];
}

function randomCallId(): string {
  return hexOf(crypto.getRandomValues(new Uint8Array(16)), "");
}

/** A hidden page draws no frames, and its calls go on. */
const hiddenFrameMs = 250;

function beforeNextFrame(callback: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    callback();
  };
  const timer = setTimeout(once, hiddenFrameMs);
  requestAnimationFrame(once);
}
