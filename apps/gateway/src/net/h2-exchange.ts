import http2 from "node:http2";
import type { Header } from "@rpcdeck/frames";
import { GatewayError } from "../errors/gateway-error.ts";
import { headerProblem, headersFromRaw, type Exchange, type ExchangeListener, type ExchangeRequest } from "./exchange.ts";
import type { H2Connection } from "./h2-connection.ts";
import { codeOf } from "./net-error.ts";

// oxlint-disable typescript/unbound-method -- the listeners get the stream as `this`, as events give it

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM, NGHTTP2_NO_ERROR } = http2.constants;

const resetNames: readonly string[] = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** What an HTTP/2 exchange needs to know of its surroundings. */
export interface H2ExchangeContext {
  readonly connection: H2Connection;
  /** Named in errors. */
  readonly address: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** Called once when the stream exists, and once when it is gone. */
  readonly onOpened: () => void;
  readonly onClosed: () => void;
}

/** Opens a stream and sends the request's headers at once. Never throws; `onOpen` follows in a microtask. */
export function openH2Exchange(request: ExchangeRequest, context: H2ExchangeContext, listener: ExchangeListener): Exchange {
  const head = [":method", "POST", ":scheme", context.scheme, ":path", request.path, ":authority", context.authority];
  for (const [name, value] of request.headers) head.push(name, value);
  let stream: OwnedStream;
  try {
    stream = context.connection.session.request(head, { endStream: false });
  } catch (error) {
    return unopened(error, context, listener);
  }
  context.onOpened();
  return new H2Exchange(stream, context, listener);
}

/** The session broke between being chosen and being used, or a header cannot be sent: nothing left this machine. */
function unopened(error: unknown, { connection, address }: H2ExchangeContext, listener: ExchangeListener): Exchange {
  let isOver = false;
  const why = error instanceof Error ? error.message : String(error);
  queueMicrotask(() => {
    if (isOver) return;
    listener.onFault({ error: fault(`${address}: ${why}`), unseen: true, refused: connection.free() <= 0, resetCode: undefined });
  });
  return {
    write: () => true,
    end: () => undefined,
    cancel: () => (isOver = true),
    pause: () => undefined,
    resume: () => undefined,
  };
}

const owner = Symbol("exchange");
type OwnedStream = http2.ClientHttp2Stream & { [owner]?: H2Exchange | undefined };

/**
 * A class, and listeners shared by all streams: this runs for every call, and closures for each would be most of its garbage. A closed stream
 * forgets its exchange: node keeps the stream until the next major garbage collection, and must not keep the whole call with it.
 */
class H2Exchange implements Exchange {
  readonly #stream: OwnedStream;
  readonly #context: H2ExchangeContext;
  readonly #listener: ExchangeListener;
  #isOver = false;
  #answered = false;
  #requestEnded = false;
  #awaitsDrain = false;
  #trailers: readonly Header[] = noTrailers;
  #connectionFault: string | undefined;

  constructor(stream: OwnedStream, context: H2ExchangeContext, listener: ExchangeListener) {
    this.#stream = stream;
    this.#context = context;
    this.#listener = listener;
    stream[owner] = this;
    stream.on("response", H2Exchange.#onResponse);
    stream.on("trailers", H2Exchange.#onTrailers);
    stream.on("data", H2Exchange.#onData);
    stream.on("end", H2Exchange.#onEnd);
    stream.on("error", H2Exchange.#onError);
    stream.on("close", H2Exchange.#onClose);
    process.nextTick(H2Exchange.#onOpened, this); // a microtask would make an async resource
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver || this.#requestEnded || this.#stream.destroyed || this.#stream.write(bytes)) return true;
    if (!this.#awaitsDrain) this.#stream.on("drain", H2Exchange.#onDrain);
    this.#awaitsDrain = true;
    return false;
  }

  end(bytes?: Uint8Array): void {
    if (this.#isOver || this.#requestEnded || this.#stream.destroyed) return;
    this.#requestEnded = true;
    if (bytes === undefined) this.#stream.end();
    else this.#stream.end(bytes);
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#letGo();
  }

  pause(): void {
    if (!this.#isOver) this.#stream.pause();
  }

  resume(): void {
    if (!this.#isOver) this.#stream.resume();
  }

  #fail(why: string, resetCode: number | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const refused = resetCode === NGHTTP2_REFUSED_STREAM && !this.#answered;
    this.#listener.onFault({ error: fault(`${this.#context.address}: ${why}`), unseen: refused, refused, resetCode });
  }

  #refuse(problem: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#letGo();
    const error = new GatewayError("backend_malformed", `${this.#context.address}: sent ${problem}`);
    this.#listener.onFault({ error, unseen: false, refused: false, resetCode: undefined });
  }

  /** A paused stream whose end has already come cannot be reset, and would wait for ever for somebody to read what is left. */
  #letGo(): void {
    this.#stream.close(NGHTTP2_CANCEL);
    this.#stream.resume();
  }

  static #onOpened(exchange: H2Exchange): void {
    if (!exchange.#isOver) exchange.#listener.onOpen("h2");
  }

  static #onResponse(this: OwnedStream, _headers: unknown, _flags: unknown, raw: readonly string[]): void {
    const exchange = this[owner];
    if (exchange === undefined || exchange.#isOver) return;
    const problem = headerProblem(raw);
    if (problem !== undefined) return exchange.#refuse(problem);
    exchange.#answered = true;
    exchange.#listener.onHeaders(statusOf(raw), headersFromRaw(raw));
  }

  static #onTrailers(this: OwnedStream, _headers: unknown, _flags: unknown, ...rest: readonly unknown[]): void {
    const exchange = this[owner];
    if (exchange === undefined) return;
    const raw = (rest[0] ?? []) as readonly string[]; // Node gives them; its types do not say so
    const problem = headerProblem(raw);
    if (problem !== undefined) return exchange.#refuse(problem);
    exchange.#trailers = headersFromRaw(raw);
  }

  static #onData(this: OwnedStream, chunk: Buffer): void {
    const exchange = this[owner];
    if (exchange !== undefined && !exchange.#isOver) exchange.#listener.onData(chunk);
  }

  static #onDrain(this: OwnedStream): void {
    const exchange = this[owner];
    if (exchange !== undefined && !exchange.#isOver) exchange.#listener.onDrain();
  }

  static #onEnd(this: OwnedStream): void {
    const exchange = this[owner];
    if (exchange === undefined || exchange.#isOver || !exchange.#answered) return;
    if ((this.rstCode ?? 0) !== NGHTTP2_NO_ERROR || this.destroyed) return; // a reset ends the readable side as well; "close" tells it then
    exchange.#isOver = true;
    if (!exchange.#requestEnded) this.close(NGHTTP2_CANCEL);
    exchange.#listener.onEnd(exchange.#trailers);
  }

  /** "close" follows and tells it. An error that is no reset is the connection's. */
  static #onError(this: OwnedStream, error: Error): void {
    const exchange = this[owner];
    if (exchange !== undefined && codeOf(error) !== "ERR_HTTP2_STREAM_ERROR") exchange.#connectionFault ??= error.message;
  }

  static #onClose(this: OwnedStream): void {
    const exchange = this[owner];
    if (exchange === undefined) return;
    // Node's handle of the stream keeps it from the young collector: without this the whole call would be copied along.
    this[owner] = undefined;
    const { connection, onClosed } = exchange.#context;
    onClosed();
    if (exchange.#isOver) return;
    const code = this.rstCode;
    // A stream that dies with its connection has a made-up code (CANCEL): the connection's own fault says more.
    const lost = connection.broken ?? exchange.#connectionFault;
    if (lost !== undefined) return exchange.#fail(`connection lost: ${lost}`, undefined);
    if (connection.session.destroyed && code !== NGHTTP2_REFUSED_STREAM)
      return exchange.#fail("connection closed by the server", undefined);
    if (code === undefined || code === NGHTTP2_NO_ERROR) return exchange.#fail("ended the stream without an answer", undefined);
    exchange.#fail(`stream reset with ${resetNames[code] ?? `code ${code}`}`, code);
  }
}

const noTrailers: readonly Header[] = [];

function fault(message: string): GatewayError {
  return new GatewayError("backend_reset", message);
}

function statusOf(raw: readonly string[]): number {
  const at = raw.indexOf(":status");
  return at === -1 ? 0 : Number(raw[at + 1]);
}
