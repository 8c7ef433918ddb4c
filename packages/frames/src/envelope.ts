/** Length of the prefix of an enveloped message: one flag byte and the message's length in four bytes, big endian. */
export const envelopePrefixLength = 5;

/** Bits of the flag byte, by the protocol that defines them. Other bits are reserved. */
export const envelopeFlags = {
  /** gRPC, gRPC-Web and Connect: the message is compressed. */
  compressed: 0b0000_0001,
  /** Connect: the message is the end-stream JSON. */
  connectEndStream: 0b0000_0010,
  /** gRPC-Web: the message is the trailer block. */
  grpcWebTrailers: 0b1000_0000,
} as const;

/** The five bytes before a message of `length` bytes. */
export function envelopePrefix(flags: number, length: number): Uint8Array<ArrayBuffer> {
  const prefix = new Uint8Array(envelopePrefixLength);
  setPrefix(prefix, flags, length);
  return prefix;
}

/** Prefix and message in one array. */
export function writeEnvelope(flags: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const envelope = new Uint8Array(envelopePrefixLength + bytes.length);
  setPrefix(envelope, flags, bytes.length);
  envelope.set(bytes, envelopePrefixLength);
  return envelope;
}

function setPrefix(target: Uint8Array, flags: number, length: number): void {
  target[0] = flags;
  target[1] = length >>> 24;
  target[2] = length >>> 16;
  target[3] = length >>> 8;
  target[4] = length;
}
