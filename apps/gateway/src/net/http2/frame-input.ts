import { defaultFrameBytes, errorCodes, frameFlags, frameHeaderBytes, frameTypes, Http2Fault } from "./frame.ts";

/** What frames are handed to. Payloads are parts of what came from the socket. */
export interface FrameHandler {
  /** Nothing more is wanted: what is left of the input is dropped. */
  readonly isClosed: boolean;
  /** A DATA frame begins; `length` counts against the windows, padding included. */
  onDataBegin(stream: number, length: number): void;
  /** A piece of it, in order. */
  onDataPiece(stream: number, bytes: Buffer): void;
  /** Its end. `padding` counts what came with it and is nobody's. */
  onDataEnd(stream: number, flags: number, padding: number): void;
  /** Any other frame, whole. */
  onFrame(type: number, flags: number, stream: number, payload: Buffer): void;
}

/** Takes a byte stream apart into frames, whatever the pieces it comes in. Bodies are handed on as they come, never gathered. */
export class FrameInput {
  readonly #handler: FrameHandler;
  #rest: Buffer | undefined;
  #dataStream = 0;
  #dataFlags = 0;
  #dataLeft = 0;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** Throws an {@link Http2Fault} for what is no HTTP/2; the connection cannot go on then. What the handler throws passes through. */
  push(bytes: Buffer): void {
    const handler = this.#handler;
    const chunk = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = undefined;
    let at = 0;
    while (!handler.isClosed) {
      if (this.#dataLeft > 0) {
        const end = Math.min(chunk.length, at + this.#dataLeft);
        if (end === at) return;
        this.#dataLeft -= end - at;
        handler.onDataPiece(this.#dataStream, chunk.subarray(at, end));
        at = end;
        if (this.#dataLeft === 0) handler.onDataEnd(this.#dataStream, this.#dataFlags, 0);
        continue;
      }
      if (chunk.length - at < frameHeaderBytes) break;
      const length = chunk.readUIntBE(at, 3);
      const type = chunk[at + 3] as number;
      const flags = chunk[at + 4] as number;
      const stream = chunk.readUInt32BE(at + 5) & 0x7fffffff;
      if (length > defaultFrameBytes) {
        throw new Http2Fault(errorCodes.frameSizeError, `a frame of ${length} bytes, the limit is ${defaultFrameBytes}`);
      }
      const start = at + frameHeaderBytes;
      if (type === frameTypes.data && (flags & frameFlags.padded) === 0) {
        at = start;
        handler.onDataBegin(stream, length);
        this.#dataStream = stream;
        this.#dataFlags = flags;
        this.#dataLeft = length;
        if (length === 0) handler.onDataEnd(stream, flags, 0);
        continue;
      }
      if (chunk.length - start < length) break;
      at = start + length;
      const payload = chunk.subarray(start, at);
      if (type === frameTypes.data) this.#padded(stream, flags, payload);
      else handler.onFrame(type, flags, stream, payload);
    }
    if (at < chunk.length && !handler.isClosed) this.#rest = chunk.subarray(at);
  }

  #padded(stream: number, flags: number, payload: Buffer): void {
    this.#handler.onDataBegin(stream, payload.length);
    const bytes = withoutPadding(payload, flags);
    if (bytes.length > 0) this.#handler.onDataPiece(stream, bytes);
    this.#handler.onDataEnd(stream, flags, payload.length - bytes.length);
  }
}

/** The payload of a DATA or HEADERS frame without its padding. Throws an {@link Http2Fault} where that is longer than the frame. */
export function withoutPadding(payload: Buffer, flags: number): Buffer {
  if ((flags & frameFlags.padded) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined || padding >= payload.length) {
    throw new Http2Fault(errorCodes.protocolError, "a frame whose padding is longer than the frame");
  }
  return payload.subarray(1, payload.length - padding);
}
