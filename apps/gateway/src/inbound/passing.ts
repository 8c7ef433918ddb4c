import { envelopePrefix, envelopePrefixLength, writeEnvelope, type Header } from "@rpcdeck/frames";

/**
 * How an exchange goes from a worker to the lead, one connection of a unix socket each: frames with the prefix of gRPC, whose first byte says
 * what it is. The first frame is `exchange` or `upgrade`. After `upgrade` the connection is one of HTTP/1.1, without frames.
 */
export const passingTypes = {
  /** JSON of {@link PassedRequest}. */
  exchange: 1,
  /** JSON of {@link PassedConnection}. */
  upgrade: 2,
  /** JSON of {@link PassedAnswer}; the headers of an answer, sent at once. */
  respond: 3,
  /** The same for an answer that comes whole: `data` and `end` follow. */
  answer: 4,
  data: 5,
  end: 6,
  /** JSON of headers. Ends the answer. */
  trailers: 7,
  /** The answer is broken off. */
  destroy: 8,
  /** No more `data` please, until `resume`. */
  pause: 9,
  resume: 10,
} as const;

/** Whose connection it is that something came on. */
export interface PassedConnection {
  readonly encrypted: boolean;
  readonly peer: string | undefined;
}

/** The head of an exchange, as `Exchange` has it. */
export interface PassedRequest extends PassedConnection {
  readonly http: "1.1" | "2";
  readonly method: string;
  readonly target: string;
  readonly host: string | undefined;
  readonly headers: readonly Header[];
}

/** The head of an answer. */
export interface PassedAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly hasTrailers: boolean;
}

/** Largest piece of a body in one frame, in bytes. */
const maxPieceBytes = 64 * 1024;
/** Largest frame that is taken, in bytes: a head with the largest headers there can be, in JSON. */
export const maxPassedFrameBytes = 4 * 1024 * 1024;

/** What a socket has to have to be written to. */
interface Writable {
  write(bytes: Uint8Array): boolean;
}

const nothing = new Uint8Array(0);

/** Writes a frame without payload. */
export function writeSign(socket: Writable, type: number): void {
  socket.write(writeEnvelope(type, nothing));
}

/** Writes a frame with a value as JSON. */
export function writeValue(socket: Writable, type: number, value: object): void {
  socket.write(writeEnvelope(type, Buffer.from(JSON.stringify(value))));
}

/** Writes bytes of a body, in pieces. False: full, wait for "drain". */
export function writeData(socket: Writable, bytes: Uint8Array): boolean {
  let hasRoom = true;
  for (let at = 0; at < bytes.length; at += maxPieceBytes) {
    const piece = bytes.subarray(at, at + maxPieceBytes);
    socket.write(envelopePrefix(passingTypes.data, piece.length));
    hasRoom = socket.write(piece);
  }
  return hasRoom;
}

/** The value of a frame. The other end is this same program, so that nothing is checked. */
export function readValue<Value>(bytes: Uint8Array): Value {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as Value;
}

/** The first frame of what was read, and what comes after it; undefined while there is not all of it. */
export function firstFrame(read: Buffer): { readonly type: number; readonly payload: Buffer; readonly rest: Buffer } | undefined {
  if (read.length < envelopePrefixLength) return undefined;
  const end = envelopePrefixLength + read.readUInt32BE(1);
  if (read.length < end) return undefined;
  return { type: read[0] as number, payload: read.subarray(envelopePrefixLength, end), rest: read.subarray(end) };
}
