import type { Frame, Header, MethodKind, Outcome } from "@rpcdeck/frames";
import type { Instance } from "../catalog/instance.ts";
import type { CallTrace } from "./trace.ts";

/** What a call asks for, known as soon as its headers are. Neutral: no protocol's own headers are in `metadata`. */
export interface CallHead {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Full service name. */
  readonly service: string;
  readonly method: string;
  /** End-to-end metadata in order, duplicates kept, -bin values as on the wire. Already filtered (decision 7). */
  readonly metadata: readonly Header[];
  /** When the call must have ended, on the `performance.now()` clock; undefined for no deadline. */
  readonly deadlineMs: number | undefined;
  /** gRPC content subtype: "proto", "json", or anything else, which only a backend can understand. */
  readonly codec: string;
  /** Compression of request frames that are `compressed`: "identity", "gzip", ... also names this gateway does not know. */
  readonly encoding: string;
  /** Compressions that the caller reads, in its order of preference; "identity" is understood. */
  readonly acceptEncodings: readonly string[];
  /** What the inbound protocol proves about the method; the schema may know more. */
  readonly kind: MethodKind | undefined;
  /** Per-call choices of the caller (rpcdeck-* headers), parsed. */
  readonly choices: CallChoices;
  /** True for an HTTP GET, which may only call methods without side effects: where the schema says otherwise, the router refuses it. */
  readonly isGet?: boolean;
}

/** The rpcdeck-* request headers, parsed once by the inbound side. */
export interface CallChoices {
  /** rpcdeck-target: an instance id, or a URL as in --target. */
  readonly target: string | undefined;
  /** rpcdeck-schema: id of an uploaded schema for this target. */
  readonly schema: string | undefined;
  /** rpcdeck-select, lower-kebab: "random", "round-robin". */
  readonly select: string | undefined;
  /** rpcdeck-fail, lower-kebab: "failover", "failfast". */
  readonly fail: string | undefined;
  /** rpcdeck-hedge, as it was sent: milliseconds without an answer after which a second instance is asked too. */
  readonly hedge: string | undefined;
  /** rpcdeck-hop: how many gateways the call went through. */
  readonly hop: number;
}

/**
 * One direction of frames, pushed. Lifecycle: any number of `onFrame`, then at most one `onEnd`. Nothing comes while paused.
 * The receiver pauses when what it feeds is full and resumes on its drain.
 */
export interface FrameListener {
  onFrame(frame: Frame): void;
  /** The caller half-closed: no more request frames. */
  onEnd(): void;
  /** The caller went away or cancelled, or its frames broke; `outcome` says which. Nothing follows. */
  onCancel(outcome: Outcome): void;
}

/**
 * An inbound call: somebody called us. Made by an inbound codec, driven by the relay, in this order:
 * 1. `listen` once: from now on request frames are pushed.
 * 2. `respond` at most once, flushed at once, as soon as the backend's headers are known.
 * 3. `write` any number of times; false means full: stop until `onDrain` was called.
 * 4. `end` exactly once. After it (or after `onCancel`) every method is a no-op.
 */
export interface Call extends CallHead {
  /** The inbound protocol in words for traces and logs, such as "Connect over HTTP/1.1". */
  readonly protocol: string;
  /** Address and port of the connection that the call came on; undefined where it has none, such as a socket that is gone. */
  readonly peer: string | undefined;
  /** Recorder of both legs; undefined unless the caller asked for a trace (decision 4). */
  readonly trace: CallTrace | undefined;
  listen(listener: FrameListener): void;
  pauseRequests(): void;
  resumeRequests(): void;
  /**
   * The method takes exactly one request message, as is known by now: from now on a body that makes no progress for the inbound limit ends
   * the call, unless it is paused. Streams of requests may be quiet as long as they like. Absent where messages come whole.
   */
  expectOneRequest?(): void;
  /** `encoding` is that of response frames that are `compressed`. Headers may have been given already: then it does nothing. */
  respond(headers: readonly Header[], encoding: string): void;
  write(frame: Frame): boolean;
  /** Called each time the response side can take more after `write` returned false. Set by the relay. */
  onDrain: () => void;
  /** Ends the call. When `respond` was not called, headers of the outcome are sent with it. */
  end(outcome: Outcome): void;
  /** Tier 0: present where the body can be pumped untouched. Using it excludes `listen`, `write` and `respond`. */
  readonly raw?: RawInbound;
}

/** What an outbound leg tells the relay, in this order: open, headers at most once, frames, then the outcome exactly once. */
export interface LegListener {
  /** The request is on a connection: from now on `write` is wanted. Comes before everything else unless the attempt failed first. */
  onOpen(): void;
  /** The backend's response headers. */
  onHeaders(headers: readonly Header[], encoding: string): void;
  onFrame(frame: Frame): void;
  /** The leg can take more after `write` returned false. */
  onDrain(): void;
  /** The backend's outcome, or a fault of the way there. Nothing follows. */
  onOutcome(outcome: Outcome, facts: OutcomeFacts): void;
}

/** What only the leg knows about an outcome; routing decides on it. */
export interface OutcomeFacts {
  /** True when the backend provably never saw the request, so that another instance may be tried. */
  readonly unseen: boolean;
  /** True when the outcome is a fault of the way (connect, reset, malformed), not the backend's own answer. */
  readonly local: boolean;
  /** The instance was there but turned the call away unread, so that a new connection to it may do. As `ExchangeFault` of net has it. */
  readonly refused?: "stream" | "connection";
}

/** One attempt to carry a call to one instance. After the outcome every method is a no-op. */
export interface OutboundLeg {
  /** The outbound protocol in words, such as "gRPC over h2c". */
  readonly protocol: string;
  write(frame: Frame): boolean;
  /** Half-close. */
  end(): void;
  /** Reaches the backend as a cancel (RST_STREAM CANCEL where there is one). No outcome follows. */
  cancel(): void;
  pauseResponses(): void;
  resumeResponses(): void;
  readonly raw?: RawOutbound;
}

/** Opens legs of one protocol. */
export interface OutboundCodec {
  /**
   * Starts an attempt. Never throws and never calls `listener` before it returned. `call.codec` and `call.encoding` are what the frames will
   * have; transcoding happened before. A Connect backend needs `kind` (decision 6).
   */
  open(call: OutboundCall, instance: Instance, listener: LegListener): OutboundLeg;
}

/** What a leg needs of a call. */
export interface OutboundCall extends Pick<CallHead, "path" | "metadata" | "deadlineMs" | "codec" | "encoding" | "acceptEncodings"> {
  readonly kind: MethodKind | undefined;
  readonly trace: CallTrace | undefined;
  /** From 1. */
  readonly attempt: number;
}

/**
 * Tier 0, both legs gRPC over HTTP/2: the body is handed on chunk by chunk. Frames are counted by their prefix, never copied.
 * `wire` names the body format; two legs are joined only when both are equal.
 */
export interface RawInbound {
  readonly wire: "grpc";
  /** Like `listen`, with body bytes. */
  listen(listener: RawListener): void;
  /** Response headers, then body bytes through `write`, then `Call.end` with the outcome. */
  respond(headers: readonly Header[], encoding: string): void;
  write(bytes: Uint8Array): boolean;
}

/** Body bytes of one direction. */
export interface RawListener {
  onData(bytes: Uint8Array): void;
  onEnd(): void;
  onCancel(outcome: Outcome): void;
}

/** The outbound half of tier 0. Before `listen` the leg buffers at most one chunk. */
export interface RawOutbound {
  readonly wire: "grpc";
  /** From now on body bytes come here instead of `LegListener.onFrame`. Call it before returning to the event loop. */
  listen(onData: (bytes: Uint8Array) => void): void;
  write(bytes: Uint8Array): boolean;
}
