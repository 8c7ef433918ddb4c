import type { Duplex } from "node:stream";
import { frameFlags, frameHeaderBytes, frameTypes } from "./frame.ts";

/** Frames are gathered in buffers of this size; a fuller one is handed to the socket at once. */
const bufferBytes = 32 * 1024;
/** Pieces up to this size are copied next to their frame header; larger ones are handed on as they are. */
const copyBelowBytes = 4 * 1024;
/** Spare buffers that are kept. */
const maxSpare = 2;

/**
 * Writes frames to a socket. What comes in one turn of the event loop leaves in one write at its end. Nothing here knows windows or streams:
 * the order of calls is the order on the wire.
 */
export class FrameOutput {
  readonly #socket: Duplex;
  #buffer: Buffer = Buffer.allocUnsafeSlow(bufferBytes);
  #used = 0;
  /** Start of what in `#buffer` is not in `#pieces` yet. */
  #taken = 0;
  #pieces: Uint8Array[] = [];
  readonly #spare: Buffer[] = [];
  #isScheduled = false;
  #isFull = false;
  /** Where the flags of the newest frame are while it can still be changed, and whose DATA it is; 0 for any other frame. */
  #lastFlagsAt = 0;
  #lastDataStream = 0;
  /** Bytes in `#pieces`. */
  #unsentBytes = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** The socket has enough: wait for its "drain". */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Bytes handed over and not yet taken by the socket's own buffer. */
  get waitingBytes(): number {
    return this.#socket.writableLength + this.#unsentBytes;
  }

  /** The socket said "drain". */
  drained(): void {
    this.#isFull = false;
  }

  /** Where frames are written; another one after each {@link FrameOutput.reserve}. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Where the payload of a frame goes, in `buffer`: there is room for `payloadBytes`. Then {@link FrameOutput.commit}. */
  reserve(payloadBytes: number): number {
    const bytes = frameHeaderBytes + payloadBytes;
    if (this.#used + bytes > this.#buffer.length) {
      this.#take();
      this.#renew(bytes);
    }
    return this.#used + frameHeaderBytes;
  }

  /** Takes over a frame whose payload was written into reserved room. */
  commit(type: number, flags: number, stream: number, payloadBytes: number): void {
    const buffer = this.#buffer;
    const at = this.#used;
    buffer[at] = payloadBytes >>> 16;
    buffer[at + 1] = payloadBytes >>> 8;
    buffer[at + 2] = payloadBytes;
    buffer[at + 3] = type;
    buffer[at + 4] = flags;
    buffer[at + 5] = stream >>> 24;
    buffer[at + 6] = stream >>> 16;
    buffer[at + 7] = stream >>> 8;
    buffer[at + 8] = stream;
    this.#used = at + frameHeaderBytes + payloadBytes;
    this.#lastDataStream = 0;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(flushNow, this);
  }

  /** A frame with a payload of one or two 32-bit words. */
  words(type: number, flags: number, stream: number, ...words: readonly [number] | readonly [number, number]): void {
    let at = this.reserve(words.length * 4);
    for (const word of words) at = this.#buffer.writeUInt32BE(word, at);
    this.commit(type, flags, stream, words.length * 4);
  }

  /** One DATA frame with `bytes`, which are no more than the peer takes. */
  data(stream: number, bytes: Uint8Array, isLast: boolean): void {
    const isCopied = bytes.length <= copyBelowBytes;
    const at = this.reserve(isCopied ? bytes.length : 0);
    if (isCopied) this.#buffer.set(bytes, at);
    this.commit(frameTypes.data, isLast ? frameFlags.endStream : 0, stream, isCopied ? bytes.length : 0);
    this.#lastFlagsAt = at - frameHeaderBytes + 4;
    this.#lastDataStream = stream;
    if (isCopied) return;
    this.#buffer.writeUIntBE(bytes.length, at - frameHeaderBytes, 3);
    this.#take();
    this.#pieces.push(bytes);
    this.#unsentBytes += bytes.length;
    if (this.#unsentBytes >= bufferBytes) this.flush();
  }

  /** The end of a stream's data: a bit in its last frame where that is the newest one and has not left, else an empty frame. */
  endData(stream: number): void {
    if (this.#lastDataStream === stream) {
      this.#buffer[this.#lastFlagsAt] = frameFlags.endStream;
      this.#lastDataStream = 0;
    } else {
      this.reserve(0);
      this.commit(frameTypes.data, frameFlags.endStream, stream, 0);
    }
  }

  /** Hands everything to the socket. */
  flush(): void {
    this.#isScheduled = false;
    this.#lastDataStream = 0;
    const socket = this.#socket;
    this.#take();
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#unsentBytes = 0;
    if (socket.destroyed || socket.writableEnded) return;
    const spent = this.#buffer;
    const room = bufferBytes - this.#used;
    let done: (() => void) | undefined;
    if (room < bufferBytes / 2) {
      done = () => {
        if (this.#spare.length < maxSpare) this.#spare.push(spent);
      };
      this.#renew();
    }
    if (pieces.length > 1) socket.cork();
    for (let index = 0; index < pieces.length; index++) {
      const isLast = index === pieces.length - 1;
      this.#isFull = !socket.write(pieces[index], isLast ? done : undefined);
    }
    if (pieces.length > 1) socket.uncork();
  }

  #take(): void {
    if (this.#used === this.#taken) return;
    this.#pieces.push(this.#buffer.subarray(this.#taken, this.#used));
    this.#unsentBytes += this.#used - this.#taken;
    this.#taken = this.#used;
  }

  #renew(bytes = bufferBytes): void {
    this.#buffer = bytes > bufferBytes ? Buffer.allocUnsafeSlow(bytes) : (this.#spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes));
    this.#used = 0;
    this.#taken = 0;
    this.#lastDataStream = 0;
  }
}

function flushNow(output: FrameOutput): void {
  output.flush();
}
