import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { Header } from "@rpcdeck/frames";
import type { BodySink, Exchange } from "./exchange.ts";
import { peerOf } from "./peer-of.ts";

/** How much of a body that nobody wants is still read after the answer, so that the caller gets to read that answer. */
const lingerBytes = 64 * 1024 * 1024;
/** How long that may take. */
const lingerMs = 5_000;

/** An {@link Exchange} on a request of node:http. Trailers are not for HTTP/1.1: no protocol that uses it here has them. */
export class Http1Exchange implements Exchange {
  readonly http = "1.1";
  readonly encrypted: boolean;
  readonly method: string;
  readonly target: string;
  readonly host: string | undefined;
  readonly headers: readonly Header[];
  onAbort: (note: string) => void = ignore;
  onDrain: () => void = ignore;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #isLeaving: () => boolean;
  #ended = false;
  #gone = false;

  /** Where `isLeaving` is true when the answer begins, the connection ends with it. */
  constructor(request: IncomingMessage, response: ServerResponse, isLeaving: () => boolean) {
    this.#request = request;
    this.#response = response;
    this.#isLeaving = isLeaving;
    this.encrypted = (request.socket as TLSSocket).encrypted === true;
    this.method = request.method ?? "";
    this.target = request.url ?? "";
    this.headers = headersFrom(request.rawHeaders);
    this.host = request.headers.host;
    request.on("error", ignore); // "close" of the response says it
    response.on("error", ignore);
    response.once("close", this.#leave);
  }

  /** The server answers clients that half-close their connection; for a call that means that the caller left. */
  readonly #halfClosed = (): void => {
    if (!this.#ended) this.destroy();
    this.#leave();
  };

  readonly #leave = (): void => {
    this.#request.socket.off("end", this.#halfClosed);
    if (this.#gone || this.#response.writableFinished) return;
    this.#gone = true;
    this.#ended = true;
    this.onAbort("the caller closed the connection");
  };

  get peer(): string | undefined {
    return peerOf(this.#request.socket);
  }

  readBody(sink: BodySink): void {
    this.#request.socket.once("end", this.#halfClosed);
    this.#request.on("end", () => {
      sink.onEnd();
    });
    this.#request.on("data", (chunk: Buffer) => {
      sink.onData(chunk);
    });
  }

  pause(): void {
    this.#request.pause();
  }

  resume(): void {
    this.#request.resume();
  }

  respond(status: number, headers: readonly Header[]): void {
    if (this.#gone || this.#response.headersSent) return;
    this.#writeHead(status, rawHeadersOf(headers));
    this.#response.on("drain", () => {
      this.onDrain();
    });
    this.#response.flushHeaders();
  }

  answer(status: number, headers: readonly Header[], body?: Uint8Array): void {
    if (this.#gone || this.#ended || this.#response.headersSent) return;
    const raw = rawHeadersOf(headers);
    if (status !== 204 && status !== 304) raw.push("content-length", String(body?.length ?? 0));
    this.#writeHead(status, raw);
    this.#finish(body);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#gone || this.#ended) return true;
    return this.#response.write(bytes);
  }

  end(bytes?: Uint8Array): void {
    if (this.#gone || this.#ended) return;
    this.#finish(bytes);
  }

  endWithTrailers(): void {
    this.end();
  }

  destroy(): void {
    this.#ended = true;
    this.#request.socket.destroy();
  }

  #writeHead(status: number, raw: string[]): void {
    if (this.#isLeaving()) this.#response.shouldKeepAlive = false;
    this.#response.writeHead(status, raw);
  }

  #finish(body: Uint8Array | undefined): void {
    this.#ended = true;
    if (body === undefined) this.#response.end();
    else this.#response.end(body);
    if (!this.#request.complete) this.#drainUnread();
  }

  /**
   * The answer is given, the body still comes: what is under way is read and thrown away, so that the caller gets to read the answer;
   * a caller that goes on is cut off.
   */
  #drainUnread(): void {
    const request = this.#request;
    const { socket } = request;
    let bytes = 0;
    const timer = setTimeout(() => {
      socket.destroy();
    }, lingerMs);
    timer.unref();
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > lingerBytes) socket.destroy();
    });
    request.once("close", () => {
      clearTimeout(timer);
    });
    request.once("end", () => {
      clearTimeout(timer);
    });
    request.resume();
  }
}

function rawHeadersOf(headers: readonly Header[]): string[] {
  const raw: string[] = [];
  for (const [name, value] of headers) raw.push(name, value);
  return raw;
}

/** Header list of a request's raw headers, names in lower case. */
export function headersFrom(rawHeaders: readonly string[]): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.push([(rawHeaders[at] as string).toLowerCase(), rawHeaders[at + 1] as string]);
  }
  return headers;
}

function ignore(): void {}
