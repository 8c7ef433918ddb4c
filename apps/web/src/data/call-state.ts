import type { TraceEvent } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import type { Header, Outcome } from "@rpcdeck/frames";

/** Where a call is. Times are `performance.now()` milliseconds. */
export type CallState =
  | { readonly kind: "idle" }
  | { readonly kind: "opening"; readonly since: number }
  | { readonly kind: "open"; readonly since: number; readonly halfClosed: boolean }
  | { readonly kind: "ended"; readonly since: number; readonly endedAt: number; readonly outcome: Outcome; readonly cancelled: boolean };

/** One message that went over the browser leg. */
export interface LoggedMessage {
  /** Counts from 1 per direction. */
  readonly number: number;
  readonly direction: "sent" | "received";
  readonly at: number;
  /** As on the wire in the call's codec, decompressed. */
  readonly bytes: Uint8Array;
  /** Size on the wire without prefix, before decompression. */
  readonly wireSize: number;
}

/** How the browser leg goes: by fetch, or in the tunnel and why. */
export type Carrier = { readonly kind: "fetch" } | { readonly kind: "tunnel"; readonly reason: string };

/** What a view needs of a call; a new object after each change, at most one a frame. */
export interface CallSnapshot {
  /** `Date.now()` milliseconds of the start. */
  readonly startedAt: number;
  readonly carrier: Carrier;
  /** The deadline it was sent with, in milliseconds. */
  readonly deadlineMs: number | undefined;
  readonly state: CallState;
  /** "proto" or "json": what `messages` are written in. */
  readonly codec: "proto" | "json";
  readonly requestHeaders: readonly Header[];
  readonly responseHeaders: readonly Header[];
  /** Newest 100,000 or 64 MiB (decision 25). Grows in place: compare `messageCount`. */
  readonly messages: readonly LoggedMessage[];
  readonly messageCount: number;
  readonly droppedMessages: number;
  readonly sentCount: number;
  readonly receivedCount: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** True while the page gives no credit. */
  readonly paused: boolean;
  /** Since when, in `performance.now()` milliseconds. */
  readonly pausedSince: number | undefined;
  /** Messages that had credit when it was paused: they are here, and not in `messages` yet. */
  readonly heldCount: number;
  /** True while messages are counted and not kept. */
  readonly countOnly: boolean;
  /** rpcdeck-instance and rpcdeck-attempts of the answer. */
  readonly instance: string | undefined;
  readonly attempts: number | undefined;
  readonly trace: readonly TraceEvent[];
  readonly traceDone: boolean;
  /** Where the trace cannot be had: one line why. */
  readonly traceProblem: string | undefined;
}

/** A running or ended call. Made by `sendDraft`; read with `useSyncExternalStore(session.subscribe, session.snapshot)`. */
export interface CallSession {
  /** The rpcdeck-call id: 32 hex digits. */
  readonly id: string;
  readonly snapshot: () => CallSnapshot;
  readonly subscribe: (listener: () => void) => () => void;
  /** Sends one message in the call's codec (client and bidi streams). */
  send(message: Uint8Array): void;
  halfClose(): void;
  cancel(): void;
  /** Stops reading: no credit is given, so the server is held back by flow control. */
  pause(): void;
  resume(): void;
  /** Of a paused call: takes so many messages more. */
  read(messages: number): void;
  /** Counts messages from now on and keeps none, or keeps them again. */
  setCountOnly(countOnly: boolean): void;
}
