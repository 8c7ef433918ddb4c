import type { Socket } from "node:net";
import { createEnvelopeSplitter, type Header } from "@rpcdeck/frames";
import type { BodySink, Exchange } from "./exchange.ts";
import { maxPassedFrameBytes, passingTypes, writeData, writeSign, writeValue, type PassedAnswer, type PassedRequest } from "./passing.ts";

/**
 * An {@link Exchange} that a worker passed on, in the lead. The socket always flows, so that the worker's signs and the caller's end are seen
 * whoever is slow: both sides say when they want no more of a body.
 */
export class PassedExchange implements Exchange {
  readonly http: "1.1" | "2";
  readonly encrypted: boolean;
  readonly method: string;
  readonly target: string;
  readonly host: string | undefined;
  readonly peer: string | undefined;
  readonly headers: readonly Header[];
  onAbort: (note: string) => void = ignore;
  onDrain: () => void = ignore;
  readonly #socket: Socket;
  #sink: BodySink | undefined;
  /** What came of the body while nobody wanted it. */
  #waiting: Uint8Array[] = [];
  #isBodyWhole = false;
  #isPaused = false;
  /** The worker's caller takes no more for now. */
  #isFull = false;
  #hasAnswered = false;
  #ended = false;

  /** `rest` is what was read of the socket after the head. */
  constructor(socket: Socket, head: PassedRequest, rest: Uint8Array) {
    this.#socket = socket;
    this.http = head.http;
    this.encrypted = head.encrypted;
    this.method = head.method;
    this.target = head.target;
    this.host = head.host;
    this.peer = head.peer;
    this.headers = head.headers;
    const splitter = createEnvelopeSplitter(maxPassedFrameBytes, {
      onEnvelope: (type, bytes) => {
        this.#take(type, bytes);
      },
      onTooLarge: () => socket.destroy(),
      onEnd: ignore,
    });
    socket.on("data", (chunk: Buffer) => {
      splitter.push(chunk);
    });
    socket.on("drain", () => {
      if (!this.#isFull) this.onDrain();
    });
    socket.once("close", () => {
      if (this.#ended) return;
      this.#ended = true;
      this.onAbort(this.http === "2" ? "the caller cancelled" : "the caller closed the connection");
    });
    splitter.push(rest);
  }

  readBody(sink: BodySink): void {
    this.#sink = sink;
    this.#deliver();
  }

  pause(): void {
    if (this.#isPaused || this.#ended) return;
    this.#isPaused = true;
    if (!this.#isBodyWhole) writeSign(this.#socket, passingTypes.pause);
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (!this.#isBodyWhole && !this.#ended) writeSign(this.#socket, passingTypes.resume);
    this.#deliver();
  }

  respond(status: number, headers: readonly Header[], trailers?: "trailers"): void {
    if (this.#ended || this.#hasAnswered) return;
    this.#hasAnswered = true;
    this.#sendHead(passingTypes.respond, { status, headers, hasTrailers: trailers !== undefined });
  }

  answer(status: number, headers: readonly Header[], body?: Uint8Array): void {
    if (this.#ended || this.#hasAnswered) return;
    this.#hasAnswered = true;
    this.#sendHead(passingTypes.answer, { status, headers, hasTrailers: false });
    this.end(body);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended) return true;
    return writeData(this.#socket, bytes) && !this.#isFull;
  }

  end(bytes?: Uint8Array): void {
    if (this.#ended) return;
    this.#ended = true;
    if (bytes !== undefined) writeData(this.#socket, bytes);
    writeSign(this.#socket, passingTypes.end);
    this.#socket.end();
  }

  endWithTrailers(trailers: readonly Header[]): void {
    if (this.#ended) return;
    this.#ended = true;
    writeValue(this.#socket, passingTypes.trailers, trailers);
    this.#socket.end();
  }

  destroy(): void {
    if (this.#ended) return;
    this.#ended = true;
    writeSign(this.#socket, passingTypes.destroy);
    this.#socket.end();
  }

  #sendHead(type: number, answer: PassedAnswer): void {
    writeValue(this.#socket, type, answer);
  }

  #take(type: number, bytes: Uint8Array): void {
    if (type === passingTypes.pause) this.#isFull = true;
    else if (type === passingTypes.resume) {
      this.#isFull = false;
      if (!this.#socket.writableNeedDrain) this.onDrain();
    } else if (this.#ended) return;
    else if (type === passingTypes.data) {
      this.#waiting.push(bytes);
      this.#deliver();
    } else if (type === passingTypes.end) {
      this.#isBodyWhole = true;
      this.#deliver();
    }
  }

  /** Hands on what waits, for as long as it is wanted. */
  #deliver(): void {
    while (!this.#isPaused && this.#sink !== undefined && this.#waiting.length > 0) this.#sink.onData(this.#waiting.shift() as Uint8Array);
    if (this.#isPaused || this.#sink === undefined || !this.#isBodyWhole || this.#waiting.length > 0) return;
    const sink = this.#sink;
    this.#sink = undefined; // its end comes once
    sink.onEnd();
  }
}

function ignore(): void {}
