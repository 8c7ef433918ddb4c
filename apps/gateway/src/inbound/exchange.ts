import type { Header } from "@rpcdeck/frames";

/** Who takes a request's body. */
export interface BodySink {
  onData(bytes: Uint8Array): void;
  onEnd(): void;
}

/**
 * One HTTP request and its answer, the same over HTTP/1.1 and HTTP/2, without streams' costs. Lifecycle: headers are there; `readBody` once,
 * where the body is wanted; `respond` once; `write` while it returns true, else after `onDrain`; one of the `end`s. `onAbort` comes at most
 * once, when the peer goes away before the answer is complete; everything after it is a no-op.
 */
export interface Exchange {
  readonly http: "1.1" | "2";
  readonly encrypted: boolean;
  readonly method: string;
  /** Path and query as asked for. */
  readonly target: string;
  /** Host header or :authority; undefined when there is none. */
  readonly host: string | undefined;
  /** Address and port of the other end; undefined where it has none. */
  readonly peer: string | undefined;
  /** In order, duplicates kept, names in lower case, without pseudo headers. */
  readonly headers: readonly Header[];
  onAbort: (note: string) => void;
  onDrain: () => void;
  readBody(sink: BodySink): void;
  pause(): void;
  resume(): void;
  /** Sends the headers at once. `trailers` says that `endWithTrailers` will follow (HTTP/2 only). */
  respond(status: number, headers: readonly Header[], trailers?: "trailers"): void;
  /** Sends the whole answer in one go; without a body over HTTP/2 as HEADERS with END_STREAM. Writes content-length unless it is given. */
  answer(status: number, headers: readonly Header[], body?: Uint8Array): void;
  write(bytes: Uint8Array): boolean;
  end(bytes?: Uint8Array): void;
  endWithTrailers(trailers: readonly Header[]): void;
  /** Breaks the exchange off: RST_STREAM CANCEL or a closed connection. */
  destroy(): void;
}
