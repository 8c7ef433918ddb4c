import type { Header } from "@rpcdeck/frames";
import { GatewayError } from "../../errors/gateway-error.ts";
import { maxHeaderBytes, maxHeaderFields, type Exchange, type ExchangeFault, type ExchangeListener } from "../exchange.ts";
import type { ClientConnection } from "./client-connection.ts";
import { errorCodes, errorName, frameTypes, Http2Fault, maxWindowBytes } from "./frame.ts";
import type { HeaderBlock } from "./hpack-decoder.ts";

/** What a stream needs to know of its surroundings. */
export interface ClientStreamContext {
  readonly connection: ClientConnection;
  /** Named in errors. */
  readonly address: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** Called once when the stream exists, and once when it is gone, before anybody hears of its end. */
  readonly onOpened: () => void;
  readonly onClosed: () => void;
}

/** Receive window of each stream in bytes: a backend may send this much before the caller reads. */
export const streamWindowBytes: number = 1024 * 1024;

/**
 * One request and its answer on a connection. It owns both windows of its stream: what the peer's window does not take yet waits here, and what
 * comes while paused is kept and not credited, so that at most {@link streamWindowBytes} are.
 */
export class ClientStream implements Exchange {
  readonly id: number;
  readonly #context: ClientStreamContext;
  #listener: ExchangeListener;
  #isOver = false;
  #isAnswered = false;
  #isPaused = false;
  #isLocalEnd = false;
  #isRemoteEnd = false;
  #awaitsDrain = false;
  #sendWindow: number;
  #receiveWindow = streamWindowBytes;
  #uncredited = 0;
  /** Request bytes that wait for a window. */
  #unsent: Uint8Array[] = noPieces;
  /** The request ends once they have left. */
  #endsAfterUnsent = false;
  /** Response bytes that came while paused. */
  #held: Uint8Array[] = noPieces;
  #trailers: readonly Header[] = noTrailers;

  constructor(id: number, sendWindow: number, context: ClientStreamContext, listener: ExchangeListener) {
    this.id = id;
    this.#sendWindow = sendWindow;
    this.#context = context;
    this.#listener = listener;
    process.nextTick(tellOpen, this); // a microtask would make an async resource
  }

  // What the caller does.

  write(bytes: Uint8Array): boolean {
    if (this.#isOver || this.#isLocalEnd || bytes.length === 0) return true;
    if (this.#unsent.length > 0) this.#unsent.push(bytes);
    else this.#send(bytes, false);
    const { connection } = this.#context;
    if (this.#unsent.length === 0 && !connection.isFull) return true;
    this.#awaitsDrain = true;
    if (this.#unsent.length === 0) connection.awaitDrain(this);
    return false;
  }

  end(bytes?: Uint8Array): void {
    if (this.#isOver || this.#isLocalEnd) return;
    this.#isLocalEnd = true;
    if (bytes !== undefined && bytes.length > 0) {
      if (this.#unsent.length > 0) this.#unsent.push(bytes);
      else if (this.#send(bytes, true)) return;
    }
    if (this.#unsent.length > 0) this.#endsAfterUnsent = true;
    else this.#context.connection.output.endData(this.id);
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#reset(errorCodes.cancel);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#held.length > 0 || this.#isRemoteEnd) process.nextTick(tellHeld, this);
  }

  // What the connection tells.

  /** The first header block, or trailers. */
  receiveHeaders({ headers, fields, bytes }: HeaderBlock, isEnd: boolean): void {
    if (this.#isRemoteEnd) return this.#malformed(errorCodes.streamClosed, "headers after the end of the answer");
    const status = statusOf(headers);
    const count = fields - (status === undefined ? 0 : 1);
    if (count > maxHeaderFields) return this.#refuse(`sent ${count} header fields, more than the limit of ${maxHeaderFields}`);
    if (bytes > maxHeaderBytes) return this.#refuse(`sent headers of ${bytes} bytes, more than the limit of ${maxHeaderBytes}`);
    if (this.#isAnswered) {
      if (!isEnd) return this.#malformed(errorCodes.protocolError, "trailers that do not end the answer");
      this.#trailers = withoutPseudo(headers);
    } else {
      if (status === undefined) return this.#malformed(errorCodes.protocolError, "an answer without :status");
      if (status < 200 && !isEnd) return; // an interim answer
      this.#isAnswered = true;
      this.#listener.onHeaders(status, withoutPseudo(headers));
    }
    if (isEnd) this.receiveEnd();
  }

  /** A DATA frame begins. */
  receiveLength(length: number): void {
    this.#receiveWindow -= length;
    if (this.#receiveWindow < 0) throw new Http2Fault(errorCodes.flowControlError, "more data than the window of a stream allows");
    if (!this.#isAnswered || this.#isRemoteEnd) this.#malformed(errorCodes.protocolError, "data before headers, or after the end");
  }

  receiveData(bytes: Uint8Array): void {
    if (this.#isOver) return this.#context.connection.credit(bytes.length);
    if (this.#isPaused || this.#held.length > 0) {
      if (this.#held.length === 0) this.#held = [bytes];
      else this.#held.push(bytes);
    } else this.#deliver(bytes);
  }

  receiveEnd(): void {
    if (this.#isOver) return;
    this.#isRemoteEnd = true;
    if (!this.#isPaused && this.#held.length === 0) this.#finish();
  }

  /** Bytes of a DATA frame that are nobody's: its padding. */
  receivePadding(length: number): void {
    if (length > 0) this.#credit(length);
  }

  receiveReset(code: number): void {
    if (this.#isOver || this.#isRemoteEnd) return; // some servers reset a stream whose answer is complete
    const why = code === errorCodes.noError ? "ended the stream without an answer" : `stream reset with ${errorName(code)}`;
    const refused = code === errorCodes.refusedStream && !this.#isAnswered ? "stream" : undefined;
    this.fail(why, { unseen: refused !== undefined, refused, resetCode: code });
  }

  /** The peer gives more room. Throws an {@link Http2Fault} where it gives more than there can be. */
  growSendWindow(bytes: number): void {
    this.#sendWindow += bytes;
    if (this.#sendWindow > maxWindowBytes) throw new Http2Fault(errorCodes.flowControlError, "a window of more than 2 GiB");
    this.sendUnsent();
  }

  /** Sends what the windows take now. */
  sendUnsent(): void {
    const unsent = this.#unsent;
    if (this.#isOver || unsent.length === 0) return;
    this.#unsent = noPieces;
    for (let index = 0; index < unsent.length; index++) {
      if (this.#unsent.length > 0) this.#unsent.push(unsent[index] as Uint8Array);
      else this.#send(unsent[index] as Uint8Array, false);
    }
    if (this.#unsent.length > 0) return;
    const { connection } = this.#context;
    if (this.#endsAfterUnsent) {
      this.#endsAfterUnsent = false;
      connection.output.endData(this.id);
    } else if (connection.isFull) connection.awaitDrain(this);
    else this.drained();
  }

  /** More can be written. */
  drained(): void {
    if (this.#isOver || !this.#awaitsDrain || this.#unsent.length > 0) return;
    this.#awaitsDrain = false;
    this.#listener.onDrain();
  }

  /** The stream ends without an answer of its own; nothing is sent for it. */
  fail(why: string, facts: Omit<ExchangeFault, "error">): void {
    if (this.#isOver) return;
    this.#close();
    this.#listener.onFault({ error: new GatewayError("backend_reset", `${this.#context.address}: ${why}`), ...facts });
  }

  tellOpen(): void {
    if (!this.#isOver) this.#listener.onOpen("h2");
  }

  tellHeld(): void {
    while (!this.#isPaused && !this.#isOver) {
      const bytes = this.#held.shift();
      if (bytes === undefined) break;
      this.#deliver(bytes);
    }
    if (this.#isRemoteEnd && !this.#isPaused && !this.#isOver && this.#held.length === 0) this.#finish();
  }

  /** True when all of it, and its end where that is asked for, has been sent. */
  #send(bytes: Uint8Array, isLast: boolean): boolean {
    const { connection } = this.#context;
    let at = 0;
    while (at < bytes.length) {
      const size = Math.min(bytes.length - at, this.#sendWindow, connection.sendWindow, connection.maxFrameBytes);
      if (size <= 0) {
        this.#unsent = [at === 0 ? bytes : bytes.subarray(at)];
        connection.awaitWindow(this);
        return false;
      }
      this.#sendWindow -= size;
      const isAll = size === bytes.length;
      connection.sendData(this.id, isAll ? bytes : bytes.subarray(at, at + size), isLast && at + size === bytes.length);
      at += size;
    }
    return true;
  }

  #deliver(bytes: Uint8Array): void {
    this.#credit(bytes.length);
    this.#listener.onData(bytes);
  }

  #credit(length: number): void {
    const { connection } = this.#context;
    connection.credit(length);
    this.#uncredited += length;
    if (this.#uncredited < streamWindowBytes / 2 || this.#isRemoteEnd || this.#isOver) return;
    connection.output.words(frameTypes.windowUpdate, 0, this.id, this.#uncredited);
    this.#receiveWindow += this.#uncredited;
    this.#uncredited = 0;
  }

  #finish(): void {
    if (this.#isLocalEnd && !this.#endsAfterUnsent) this.#close();
    else this.#reset(errorCodes.cancel); // nobody reads the rest of the request
    this.#listener.onEnd(this.#trailers);
  }

  #refuse(problem: string): void {
    this.#reset(errorCodes.cancel);
    const error = new GatewayError("backend_malformed", `${this.#context.address}: ${problem}`);
    this.#listener.onFault({ error, unseen: false, refused: undefined, resetCode: undefined });
  }

  #malformed(code: number, what: string): void {
    this.#reset(code);
    const error = new GatewayError("backend_reset", `${this.#context.address}: sent ${what}`);
    this.#listener.onFault({ error, unseen: false, refused: undefined, resetCode: undefined });
  }

  #reset(code: number): void {
    this.#context.connection.output.words(frameTypes.rstStream, 0, this.id, code);
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    const { connection, onClosed } = this.#context;
    let held = 0;
    for (const bytes of this.#held) held += bytes.length;
    if (held > 0) connection.credit(held);
    this.#held = noPieces;
    this.#unsent = noPieces;
    connection.forget(this);
    onClosed();
  }
}

// Never pushed to: an empty list is replaced before its first entry.
const noPieces: Uint8Array[] = [];
const noTrailers: readonly Header[] = [];

function tellOpen(stream: ClientStream): void {
  stream.tellOpen();
}

function tellHeld(stream: ClientStream): void {
  stream.tellHeld();
}

function statusOf(headers: readonly Header[]): number | undefined {
  const first = headers[0];
  if (first === undefined || first[0] !== ":status" || !/^[1-9]\d\d$/u.test(first[1])) return undefined;
  return Number(first[1]);
}

function withoutPseudo(headers: readonly Header[]): readonly Header[] {
  return headers.filter(([name]) => name.charCodeAt(0) !== 0x3a);
}
