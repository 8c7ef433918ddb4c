import type { Header } from "@rpcdeck/frames";
import type { GatewayError } from "../errors/gateway-error.ts";

/** One POST. Names in lower case, in the order they are sent; host and pseudo-headers are the connection's business. */
export interface ExchangeRequest {
  readonly path: string;
  readonly headers: readonly Header[];
}

/** Why an exchange did not end by itself. */
export interface ExchangeFault {
  /** Names the address and the cause. */
  readonly error: GatewayError;
  /** True when the server provably never saw the request. */
  readonly unseen: boolean;
  /**
   * A connection was there but the server turned the request away unread, which is worth a new connection: "stream" with REFUSED_STREAM, as
   * servers do that have too much to do, "connection" with a GOAWAY.
   */
  readonly refused: "stream" | "connection" | undefined;
  /** The HTTP/2 error code, where the stream was reset. */
  readonly resetCode: number | undefined;
}

/** What comes back, in this order: open, headers at most once, data, then exactly one of end and fault. Nothing after `cancel`. */
export interface ExchangeListener {
  /** The request's headers are on a connection; before it nothing may be written. Never called before `open` returned. */
  onOpen(version: "h2" | "http/1.1"): void;
  onHeaders(status: number, headers: readonly Header[]): void;
  onData(bytes: Uint8Array): void;
  /** More can be written after `write` returned false. */
  onDrain(): void;
  onEnd(trailers: readonly Header[]): void;
  onFault(fault: ExchangeFault): void;
}

/** One HTTP request and its answer, both streamed, over HTTP/2 or HTTP/1.1. After its end every method is a no-op. */
export interface Exchange {
  /** False: full, wait for `onDrain`. The bytes are taken over and must not change any more. */
  write(bytes: Uint8Array): boolean;
  /** Ends the request, with a last piece where there is one. */
  end(bytes?: Uint8Array): void;
  /** Breaks it off on both sides: RST_STREAM CANCEL, or the end of an HTTP/1.1 connection. */
  cancel(): void;
  pause(): void;
  resume(): void;
}

/** Pairs of a flat list `[name, value, name, value]`, as Node gives raw headers; pseudo-headers left out, names in lower case. */
export function headersFromRaw(raw: readonly string[]): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string;
    if (name.charCodeAt(0) !== 0x3a) headers.push([name.toLowerCase(), raw[at + 1] as string]);
  }
  return headers;
}

/** Most response header (or trailer) fields that are taken, as many as docs/limits.md says. */
export const maxHeaderFields = 128;
/** Largest response header block that is taken: names and values, in bytes. */
export const maxHeaderBytes = 64 * 1024;

/** Why a header block is too large, in one line; undefined when it is not. */
export function headerProblem(raw: readonly string[]): string | undefined {
  if (raw.length / 2 > maxHeaderFields + 1) return `${raw.length / 2} header fields, more than the limit of ${maxHeaderFields}`;
  let size = 0;
  for (const text of raw) size += text.length;
  return size > maxHeaderBytes ? `headers of ${size} bytes, more than the limit of ${maxHeaderBytes}` : undefined;
}
