import { headerValue, type Header } from "@rpcdeck/frames";

/** What a valid traceparent header says (W3C Trace Context, version 00 and later ones that begin like it). */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the caller's span. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** The trace that metadata belongs to; undefined where there is none, or its header is malformed. */
export function traceContextFrom(metadata: readonly Header[]): TraceContext | undefined {
  const parts = traceparent.exec(headerValue(metadata, "traceparent") ?? "");
  const [, traceId, spanId, flags] = parts ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

const traceparent = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
