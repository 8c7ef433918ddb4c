import http2, { type ServerHttp2Stream } from "node:http2";
import type { Header } from "@rpcdeck/frames";
import type { BodySink, Exchange } from "./exchange.ts";

// oxlint-disable typescript/unbound-method -- the listeners get the stream as `this`, as events give it

const { NGHTTP2_NO_ERROR, NGHTTP2_CANCEL } = http2.constants;

const owner = Symbol("exchange");
type OwnedStream = ServerHttp2Stream & { [owner]?: Http2Exchange | undefined };

/** What the streams of one connection share. */
export interface InboundConnection {
  readonly encrypted: boolean;
  readonly peer: string | undefined;
  /** Called once for each stream, when it is gone. */
  onClose(): void;
}

/**
 * An {@link Exchange} on a stream of node:http2, without its compatibility layer. `rawHeaders` is what the "stream" event gives.
 *
 * The listeners are shared by all streams, and a closed stream forgets its exchange: node keeps the stream of an ended call until the next
 * major garbage collection, and must not keep the whole call with it.
 */
export class Http2Exchange implements Exchange {
  readonly http = "2";
  readonly encrypted: boolean;
  readonly method: string;
  readonly target: string;
  readonly host: string | undefined;
  readonly headers: readonly Header[];
  onAbort: (note: string) => void = ignore;
  onDrain: () => void = ignore;
  readonly #stream: OwnedStream;
  readonly #connection: InboundConnection;
  #sink: BodySink | undefined;
  #trailers: readonly Header[] | undefined;
  #ended = false;
  #requestEnded = false;
  #awaitsDrain = false;

  constructor(stream: ServerHttp2Stream, rawHeaders: readonly string[], connection: InboundConnection) {
    this.#stream = stream;
    this.#connection = connection;
    this.encrypted = connection.encrypted;
    const headers: Header[] = [];
    let method = "";
    let target = "";
    let authority: string | undefined;
    let host: string | undefined;
    for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] as string;
      const value = rawHeaders[at + 1] as string;
      if (name.charCodeAt(0) !== 0x3a) {
        if (name === "host") host ??= value;
        headers.push([name, value]);
      } else if (name === ":method") method = value;
      else if (name === ":path") target = value;
      else if (name === ":authority") authority = value;
    }
    this.method = method;
    this.target = target;
    this.host = authority ?? host;
    this.headers = headers;
    this.#stream[owner] = this;
    stream.on("error", ignore); // always followed by "close", which says all that is needed
    stream.on("close", Http2Exchange.#onStreamClose);
  }

  get peer(): string | undefined {
    return this.#connection.peer;
  }

  readBody(sink: BodySink): void {
    this.#sink = sink;
    this.#stream.on("end", Http2Exchange.#onStreamEnd);
    this.#stream.on("data", Http2Exchange.#onStreamData);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  respond(status: number, headers: readonly Header[], trailers?: "trailers"): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed || stream.headersSent) return;
    const waitForTrailers = trailers !== undefined;
    if (waitForTrailers) stream.on("wantTrailers", Http2Exchange.#onWantTrailers);
    stream.respond(rawResponse(status, headers), { waitForTrailers });
  }

  answer(status: number, headers: readonly Header[], body?: Uint8Array): void {
    const stream = this.#stream;
    if (this.#ended || stream.destroyed || stream.closed || stream.headersSent) return;
    this.#ended = true;
    if (body === undefined || body.length === 0 || this.method === "HEAD") {
      stream.respond(rawResponse(status, headers), { endStream: true });
    } else {
      const raw = rawResponse(status, headers);
      raw.push("content-length", String(body.length));
      stream.respond(raw);
      stream.end(body);
    }
    this.#closeWhenSent();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended || this.#stream.destroyed || this.#stream.write(bytes)) return true;
    if (!this.#awaitsDrain) this.#stream.on("drain", Http2Exchange.#onStreamDrain);
    this.#awaitsDrain = true;
    return false;
  }

  end(bytes?: Uint8Array): void {
    if (this.#ended || this.#stream.destroyed) return;
    this.#ended = true;
    if (bytes === undefined) this.#stream.end();
    else this.#stream.end(bytes);
    this.#closeWhenSent();
  }

  endWithTrailers(trailers: readonly Header[]): void {
    if (this.#ended || this.#stream.destroyed) return;
    this.#ended = true;
    this.#trailers = trailers;
    this.#stream.end();
  }

  destroy(): void {
    this.#ended = true;
    if (!this.#stream.destroyed) this.#stream.close(NGHTTP2_CANCEL);
  }

  static #onStreamClose(this: OwnedStream): void {
    const exchange = this[owner];
    if (exchange === undefined) return;
    this[owner] = undefined;
    exchange.#connection.onClose();
    exchange.#sink = undefined;
    const { onAbort } = exchange;
    exchange.onAbort = ignore;
    exchange.onDrain = ignore;
    if (exchange.#ended && this.writableFinished) return;
    exchange.#ended = true;
    const code = this.rstCode;
    onAbort(
      code === NGHTTP2_CANCEL || code === NGHTTP2_NO_ERROR
        ? "the caller cancelled"
        : `the caller reset the stream (HTTP/2 error code ${code})`,
    );
  }

  static #onStreamData(this: OwnedStream, chunk: Buffer): void {
    const exchange = this[owner];
    if (exchange !== undefined) exchange.#sink?.onData(chunk);
  }

  static #onStreamEnd(this: OwnedStream): void {
    const exchange = this[owner];
    if (exchange === undefined) return;
    exchange.#requestEnded = true;
    exchange.#sink?.onEnd();
  }

  static #onStreamDrain(this: OwnedStream): void {
    this[owner]?.onDrain();
  }

  static #onWantTrailers(this: OwnedStream): void {
    const exchange = this[owner];
    if (exchange !== undefined) exchange.#sendTrailers();
  }

  #sendTrailers(): void {
    const trailers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
    for (const [name, value] of this.#trailers ?? []) {
      const before = trailers[name];
      if (before === undefined) trailers[name] = value;
      else if (Array.isArray(before)) before.push(value);
      else trailers[name] = [before, value];
    }
    try {
      this.#stream.sendTrailers(trailers);
    } catch {
      this.#stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR); // a name that node refuses: the caller must not take the answer for whole
      return;
    }
    this.#closeWhenSent();
  }

  /** A caller that is still sending is told that nobody reads on; a stream must not stay half open for its sake. */
  #closeWhenSent(): void {
    if (this.#requestEnded) return;
    const stream = this.#stream;
    if (stream.writableFinished) this.#closeUnread();
    else
      stream.once("finish", () => {
        this.#closeUnread();
      });
  }

  #closeUnread(): void {
    const stream = this.#stream;
    if (stream.readableEnded || stream.destroyed) return;
    setImmediate(() => {
      if (!stream.destroyed && !stream.readableEnded) stream.close(NGHTTP2_NO_ERROR);
    });
  }
}

function rawResponse(status: number, headers: readonly Header[]): string[] {
  const raw = [":status", String(status)];
  for (const [name, value] of headers) raw.push(name, value);
  return raw;
}

function ignore(): void {}
