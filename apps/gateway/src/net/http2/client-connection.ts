import type { Duplex } from "node:stream";
import type { Header } from "@rpcdeck/frames";
import type { ExchangeListener } from "../exchange.ts";
import { ClientStream, type ClientStreamContext } from "./client-stream.ts";
import {
  defaultFrameBytes,
  defaultWindowBytes,
  errorCodes,
  errorName,
  frameFlags,
  frameTypes,
  Http2Fault,
  maxWindowBytes,
  settingIds,
} from "./frame.ts";
import { FrameInput, type FrameHandler } from "./frame-input.ts";
import { FrameOutput } from "./frame-output.ts";
import { HeaderBlockInput } from "./header-block-input.ts";
import { HpackEncoder } from "./hpack-encoder.ts";
import { StreamTable } from "./stream-table.ts";
import { UselessFrameCount } from "./useless-frame-count.ts";
import { connectionWindowBytes, writeGreeting } from "./write-greeting.ts";
import { writeHeaders } from "./write-headers.ts";

/** How the owner of a connection hears of it. */
export interface ClientConnectionListener {
  /** The peer's SETTINGS came: the first ones say that it speaks HTTP/2. */
  onSettings(): void;
  /** The peer takes no new streams. */
  onGoaway(): void;
  /** Once, when the connection is gone and all its streams have ended. */
  onClosed(): void;
}

/** Output that may wait for a peer which does not read before its questions are not answered any more, in bytes. */
const maxWaitingBytes = 1024 * 1024;
/** Streams of one connection: their numbers are bounded. */
const lastStreamId = 2 ** 30;

/**
 * The client's side of one HTTP/2 connection (RFC 9113), without server push and priorities, on a connected socket. Written for this gateway's
 * hot path: no stream objects of Node, header blocks straight to pairs, bodies handed on as they come, one write for each turn of the event
 * loop. No peer can make it throw; a breach ends the connection, and every stream is told.
 */
export class ClientConnection implements FrameHandler {
  readonly output: FrameOutput;
  /** Bytes that the peer takes now, over all streams. */
  sendWindow: number = defaultWindowBytes;
  /** Largest DATA payload that the peer takes. */
  maxFrameBytes: number = defaultFrameBytes;
  readonly #socket: Duplex;
  readonly #listener: ClientConnectionListener;
  readonly #input: FrameInput;
  readonly #blocks = new HeaderBlockInput((id, block, isEnd) => this.#streams.get(id)?.receiveHeaders(block, isEnd));
  readonly #uselessFrames = new UselessFrameCount();
  readonly #encoder = new HpackEncoder();
  readonly #streams = new StreamTable<ClientStream>();
  readonly #awaitWindow = new Set<ClientStream>();
  readonly #awaitDrain = new Set<ClientStream>();
  #nextId = 1;
  #isClosed = false;
  #hasSettings = false;
  #maxStreams = Number.POSITIVE_INFINITY;
  #initialWindow = defaultWindowBytes;
  #receiveWindow = connectionWindowBytes;
  #uncredited = 0;
  #broken: string | undefined;
  #onPong: (() => void) | undefined;
  #linger: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, listener: ClientConnectionListener) {
    this.#socket = socket;
    this.#listener = listener;
    this.output = new FrameOutput(socket);
    this.#input = new FrameInput(this);
    socket.on("data", (chunk: Buffer) => {
      this.#receive(chunk);
    });
    socket.on("drain", () => {
      this.#drained();
    });
    socket.on("error", (error) => {
      this.#broken ??= error.message;
    });
    socket.once("close", () => {
      this.#closed();
    });
    writeGreeting(socket, this.output);
  }

  /** It has ended, or is ending: no stream can be opened. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Streams that the peer allows at once. */
  get maxStreams(): number {
    return this.#maxStreams;
  }

  /** Why the connection broke; undefined while it works or when it ended in order. */
  get broken(): string | undefined {
    return this.#broken;
  }

  /** The socket has enough for now. */
  get isFull(): boolean {
    return this.output.isFull;
  }

  /** The numbers of streams are used up: take another connection. */
  get isSpent(): boolean {
    return this.#nextId > lastStreamId;
  }

  /** Opens a stream and sends the request's headers, which leave with what is written in the same turn. Texts are Latin-1. */
  open(head: readonly Header[], context: ClientStreamContext, listener: ExchangeListener): ClientStream {
    const id = this.#nextId;
    this.#nextId += 2;
    writeHeaders(this.output, this.#encoder, id, head);
    const stream = new ClientStream(id, this.#initialWindow, context, listener);
    this.#streams.add(stream);
    return stream;
  }

  /** One PING; `onPong` is told of its answer. */
  ping(onPong: () => void): void {
    this.#onPong = onPong;
    this.output.words(frameTypes.ping, 0, 0, 0, 1);
  }

  /** Says goodbye and closes once what was written has left. Streams that are open fail. */
  close(): void {
    this.#end(errorCodes.noError, undefined);
  }

  /** Ends it at once; open streams fail with `why`. */
  destroy(why: string): void {
    this.#end(errorCodes.noError, why);
    this.#socket.destroy();
  }

  // For streams.

  sendData(stream: number, bytes: Uint8Array, isLast: boolean): void {
    this.sendWindow -= bytes.length;
    this.output.data(stream, bytes, isLast);
    this.#uselessFrames.forgiveOne(); // a peer may answer every frame with a WINDOW_UPDATE
  }

  /** Bytes of a body were taken: the peer may send as many more. */
  credit(bytes: number): void {
    this.#uncredited += bytes;
    if (this.#uncredited < connectionWindowBytes / 2 || this.#isClosed) return;
    this.output.words(frameTypes.windowUpdate, 0, 0, this.#uncredited);
    this.#receiveWindow += this.#uncredited;
    this.#uncredited = 0;
  }

  awaitWindow(stream: ClientStream): void {
    this.#awaitWindow.add(stream);
  }

  awaitDrain(stream: ClientStream): void {
    this.#awaitDrain.add(stream);
  }

  forget(stream: ClientStream): void {
    this.#streams.delete(stream.id);
    if (this.#awaitWindow.size > 0) this.#awaitWindow.delete(stream);
    if (this.#awaitDrain.size > 0) this.#awaitDrain.delete(stream);
  }

  // For the input.

  onDataBegin(id: number, length: number): void {
    this.#expect(frameTypes.data, id);
    if (id === 0) throw new Http2Fault(errorCodes.protocolError, "data on stream 0");
    this.#receiveWindow -= length;
    if (this.#receiveWindow < 0) throw new Http2Fault(errorCodes.flowControlError, "more data than the window of the connection allows");
    if (length === 0) this.#uselessFrames.count();
    this.#streamOf(id)?.receiveLength(length);
  }

  onDataPiece(id: number, bytes: Buffer): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) this.credit(bytes.length);
    else stream.receiveData(bytes);
  }

  onDataEnd(id: number, flags: number, padding: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return this.credit(padding);
    stream.receivePadding(padding);
    if ((flags & frameFlags.endStream) !== 0) stream.receiveEnd();
  }

  onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    this.#expect(type, id);
    switch (type) {
      case frameTypes.headers:
        if (id === 0 || id % 2 === 0 || id >= this.#nextId) throw new Http2Fault(errorCodes.protocolError, `headers on stream ${id}`);
        return this.#blocks.begin(flags, id, payload);
      case frameTypes.continuation:
        if (payload.length === 0) this.#uselessFrames.count();
        return this.#blocks.continue(flags, payload);
      case frameTypes.rstStream:
        this.#sized(payload, 4, "RST_STREAM");
        if (id === 0) throw new Http2Fault(errorCodes.protocolError, "RST_STREAM on stream 0");
        return this.#streamOf(id)?.receiveReset(payload.readUInt32BE(0));
      case frameTypes.settings:
        return this.#onSettings(flags, id, payload);
      case frameTypes.ping:
        return this.#onPing(flags, payload);
      case frameTypes.goaway:
        return this.#onGoaway(payload);
      case frameTypes.windowUpdate:
        return this.#onWindowUpdate(id, payload);
      case frameTypes.pushPromise:
        throw new Http2Fault(errorCodes.protocolError, "a pushed answer, which was not allowed");
      default:
        return this.#uselessFrames.count(); // PRIORITY, and types that this gateway does not know, are to be ignored
    }
  }

  #onSettings(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) throw new Http2Fault(errorCodes.protocolError, "SETTINGS on a stream");
    if ((flags & frameFlags.ack) !== 0) return this.#sized(payload, 0, "an acknowledgement of SETTINGS");
    if (payload.length % 6 !== 0) throw new Http2Fault(errorCodes.frameSizeError, `SETTINGS of ${payload.length} bytes`);
    this.#uselessFrames.count();
    for (let at = 0; at < payload.length; at += 6) this.#onSetting(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    this.#answer(frameTypes.settings, undefined);
    this.#hasSettings = true;
    this.#listener.onSettings();
  }

  #onSetting(setting: number, value: number): void {
    if (setting === settingIds.maxConcurrentStreams) this.#maxStreams = value;
    else if (setting === settingIds.headerTableSize) this.#encoder.setMaxTableBytes(value);
    else if (setting === settingIds.maxFrameSize) {
      if (value < defaultFrameBytes || value >= 2 ** 24) throw new Http2Fault(errorCodes.protocolError, `SETTINGS with frames of ${value}`);
      this.maxFrameBytes = Math.min(value, maxSentFrameBytes);
    } else if (setting === settingIds.initialWindowSize) {
      if (value > maxWindowBytes) throw new Http2Fault(errorCodes.flowControlError, `SETTINGS with a window of ${value}`);
      const growth = value - this.#initialWindow;
      this.#initialWindow = value;
      for (const stream of this.#streams.all()) stream.growSendWindow(growth);
    }
  }

  #onPing(flags: number, payload: Buffer): void {
    this.#sized(payload, 8, "PING");
    if ((flags & frameFlags.ack) === 0) {
      this.#uselessFrames.count();
      return this.#answer(frameTypes.ping, payload);
    }
    const onPong = this.#onPong;
    this.#onPong = undefined;
    onPong?.();
  }

  /** Streams above the last one were not seen and never will be; those below it go on. */
  #onGoaway(payload: Buffer): void {
    if (payload.length < 8) throw new Http2Fault(errorCodes.frameSizeError, `GOAWAY of ${payload.length} bytes`);
    this.#uselessFrames.count();
    const last = payload.readUInt32BE(0) & 0x7fffffff;
    const code = payload.readUInt32BE(4);
    const note = payload.toString("latin1", 8, 108).replaceAll(/[^\x20-\x7e]/gu, "?");
    const why = `the server said GOAWAY${code === 0 ? "" : ` with ${errorName(code)}`}${note === "" ? "" : ` (${note})`}`;
    if (code !== errorCodes.noError) this.#broken ??= why;
    this.#listener.onGoaway();
    for (const stream of this.#streams.all()) {
      if (stream.id > last) stream.fail(why, { unseen: true, refused: "connection", resetCode: undefined });
    }
  }

  #onWindowUpdate(id: number, payload: Buffer): void {
    this.#sized(payload, 4, "WINDOW_UPDATE");
    this.#uselessFrames.count();
    const growth = payload.readUInt32BE(0) & 0x7fffffff;
    if (growth === 0) throw new Http2Fault(errorCodes.protocolError, "WINDOW_UPDATE of 0");
    if (id !== 0) return this.#streamOf(id)?.growSendWindow(growth);
    this.sendWindow += growth;
    if (this.sendWindow > maxWindowBytes) throw new Http2Fault(errorCodes.flowControlError, "a window of more than 2 GiB");
    // Each gets its turn: who is not done is put at the end again.
    const waiting = [...this.#awaitWindow];
    for (const stream of waiting) {
      if (this.sendWindow <= 0) return;
      this.#awaitWindow.delete(stream);
      stream.sendUnsent();
    }
  }

  /** A header block must not be interrupted, and the first frame must be SETTINGS. */
  #expect(type: number, id: number): void {
    if (!this.#hasSettings && type !== frameTypes.settings)
      throw new Http2Fault(errorCodes.protocolError, "the first frame is not SETTINGS");
    this.#blocks.expect(type, id);
  }

  #sized(payload: Buffer, length: number, what: string): void {
    if (payload.length !== length) throw new Http2Fault(errorCodes.frameSizeError, `${what} of ${payload.length} bytes`);
  }

  /** Undefined for a stream that has ended. */
  #streamOf(id: number): ClientStream | undefined {
    if (id >= this.#nextId || id % 2 === 0) throw new Http2Fault(errorCodes.protocolError, `a frame of stream ${id}, which was not opened`);
    return this.#streams.get(id);
  }

  #answer(type: number, payload: Buffer | undefined): void {
    if (this.output.waitingBytes > maxWaitingBytes)
      throw new Http2Fault(errorCodes.enhanceYourCalm, "questions without reading the answers");
    const length = payload?.length ?? 0;
    const at = this.output.reserve(length);
    payload?.copy(this.output.buffer, at);
    this.output.commit(type, frameFlags.ack, 0, length);
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#input.push(chunk);
    } catch (error) {
      if (!(error instanceof Http2Fault)) throw error;
      this.#end(error.code, this.#hasSettings ? `the server sent ${error.message}` : `protocol error: ${error.message}`);
    }
  }

  #drained(): void {
    this.output.drained();
    const waiting = [...this.#awaitDrain];
    for (const stream of waiting) {
      if (this.isFull) return;
      this.#awaitDrain.delete(stream);
      stream.drained();
    }
  }

  #end(code: number, broken: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#broken ??= broken;
    this.output.words(frameTypes.goaway, 0, 0, 0, code);
    this.output.flush();
    this.#failStreams();
    const socket = this.#socket;
    socket.end(() => {
      socket.destroy();
    });
    // A peer that does not read must not keep the connection.
    this.#linger = setTimeout(() => {
      socket.destroy();
    }, lingerMs);
  }

  #closed(): void {
    this.#isClosed = true;
    clearTimeout(this.#linger);
    this.#failStreams();
    this.#listener.onClosed();
  }

  #failStreams(): void {
    const why = this.#broken === undefined ? "connection closed by the server" : `connection lost: ${this.#broken}`;
    for (const stream of this.#streams.all()) stream.fail(why, { unseen: false, refused: undefined, resetCode: undefined });
  }
}

/** Largest DATA frame that is sent even where the peer takes more, in bytes. */
const maxSentFrameBytes = 64 * 1024;
/** How long a connection that is being closed may take to send what was written, in milliseconds. */
const lingerMs = 1_000;
