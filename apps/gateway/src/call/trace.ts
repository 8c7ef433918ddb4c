import type { Header } from "@rpcdeck/frames";

export type TraceLeg = "inbound" | "outbound";
export type TraceDirection = "request" | "response";

/**
 * Records what happens on both legs of one call that asked for it (rpcdeck-call). Bounded: past 64 MiB bytes are counted, not kept.
 * Recording never slows or fails a call.
 */
export interface CallTrace {
  /** An instance was chosen. `attempt` counts from 1 and applies to the outbound events that follow. */
  attempt(attempt: number, instance: { readonly id: string; readonly address: string }, protocol: string): void;
  headers(leg: TraceLeg, direction: TraceDirection, headers: readonly Header[]): void;
  /** Body bytes exactly as on the wire. The recorder copies what it keeps. */
  data(leg: TraceLeg, direction: TraceDirection, bytes: Uint8Array): void;
  trailers(leg: TraceLeg, direction: TraceDirection, trailers: readonly Header[]): void;
  end(leg: TraceLeg, direction: TraceDirection): void;
  aborted(leg: TraceLeg, direction: TraceDirection, note: string): void;
  /** The same trace for another attempt at the same time: outbound events are told apart by the attempt that this one was given. */
  beside(): CallTrace;
  /** The call is over on both legs. */
  finish(): void;
}
