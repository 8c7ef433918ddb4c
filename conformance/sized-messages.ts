import type { Readable } from "node:stream";

const prefixBytes = 4;

/** A message as the suite's programs write it to each other: behind its length, four bytes big-endian. */
export function sizedMessage(bytes: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(bytes.length);
  return Buffer.concat([prefix, bytes]);
}

/** The messages of a stream, without their lengths, until it ends. Throws when it ends inside a message. */
export async function* readSizedMessages(stream: Readable): AsyncGenerator<Uint8Array> {
  let seen = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    seen = Buffer.concat([seen, chunk]);
    while (seen.length >= prefixBytes && seen.length >= prefixBytes + seen.readUInt32BE(0)) {
      const end = prefixBytes + seen.readUInt32BE(0);
      yield seen.subarray(prefixBytes, end);
      seen = seen.subarray(end);
    }
  }
  if (seen.length > 0) throw new Error(`the stream ended inside a message, after ${seen.length} bytes of it`);
}

/** The first message of a stream. Throws when there is none. */
export async function readSizedMessage(stream: Readable): Promise<Uint8Array> {
  for await (const message of readSizedMessages(stream)) return message;
  throw new Error("the stream ended before a message came");
}
