import type { Header, MethodKind, Outcome } from "@rpcdeck/frames";
import type { BrowserCodec, MessageEncoding } from "./draft.ts";

/** Largest message the page takes, in bytes after decompression: the gateway's own largest `--max-message`. */
export const maxReceivedMessageBytes = 256 * 1024 * 1024;

/** What a leg needs to know to start. */
export interface LegRequest {
  /** /package.Service/Method */
  readonly path: string;
  readonly kind: MethodKind;
  readonly codec: BrowserCodec;
  /** User metadata and rpcdeck-* headers, in order. */
  readonly headers: readonly Header[];
  readonly timeoutMs: number | undefined;
  /** Compression of what is sent. A fetch leg writes gzip alone. */
  readonly encoding: MessageEncoding;
}

/** What a leg reports: headers at most once, then messages in order, then the end once. Nothing after `cancel`. */
export interface LegListener {
  /** The leg's own request headers, once they are known. */
  onSent(headers: readonly Header[]): void;
  onHeaders(headers: readonly Header[]): void;
  /** `bytes` decompressed, `wireSize` before that and without prefix. */
  onMessage(bytes: Uint8Array, wireSize: number): void;
  onEnd(outcome: Outcome): void;
}

/** The page's end of a call. */
export interface BrowserLeg {
  /** Sends a message; `wireSize` is told once it is known. Only legs of client and bidi streams take more than the first. */
  send(bytes: Uint8Array, sent: (wireSize: number) => void): void;
  halfClose(): void;
  cancel(): void;
  /** Takes no more from the network than what flow control has already let through. */
  pause(): void;
  resume(): void;
  /** A reported message of this wire size has been dealt with: the other side may send as much again. */
  consumed(wireSize: number): void;
}
