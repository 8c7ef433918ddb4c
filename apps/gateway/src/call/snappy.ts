/** First chunk of every snappy stream. */
const streamIdentifier = 0xff;
const compressedChunk = 0x00;
const plainChunk = 0x01;
/** Chunk types from here to 0xfd may be skipped; those below may not. */
const firstSkippable = 0x80;
/** Each data chunk begins with a checksum of four bytes, which is not looked at: HTTP/2 and TCP have their own. */
const checksumLength = 4;

/**
 * Undoes snappy in its framing format (google/snappy framing_format.txt), as Go's gRPC and Connect codecs write it. Returns undefined for
 * bytes that are not snappy and a RangeError for output of more than `maxBytes`. We never compress with it.
 */
export function unsnappy(bytes: Uint8Array, maxBytes: number): Uint8Array | RangeError | undefined {
  const parts: Uint8Array[] = [];
  let size = 0;
  let at = 0;
  if (bytes[0] !== streamIdentifier) return undefined;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined;
    const type = bytes[at] ?? 0;
    const length = (bytes[at + 1] ?? 0) + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0) * 65_536;
    const chunk = bytes.subarray(at + 4, at + 4 + length);
    if (chunk.length < length) return undefined;
    at += 4 + length;
    if (type !== compressedChunk && type !== plainChunk) {
      if (type < firstSkippable) return undefined;
      continue;
    }
    if (length < checksumLength) return undefined;
    const data = chunk.subarray(checksumLength);
    const part = type === plainChunk ? data : unblock(data, maxBytes - size);
    if (part === undefined || part instanceof RangeError) return part;
    size += part.length;
    if (size > maxBytes) return new RangeError(`more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** One block of literals and copies (google/snappy format_description.txt). */
function unblock(block: Uint8Array, maxBytes: number): Uint8Array | RangeError | undefined {
  let at = 0;
  let length = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = block[at++];
    if (byte === undefined || factor > 2 ** 28) return undefined;
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  if (length > maxBytes) return new RangeError(`more than ${maxBytes} bytes`);
  const output = new Uint8Array(length);
  let filled = 0;
  const little = (count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index++) value += (block[at + index] ?? 0) * 256 ** index;
    at += count;
    return value;
  };
  while (at < block.length) {
    const tag = block[at++] ?? 0;
    const kind = tag & 3;
    if (kind === 0) {
      const short = tag >>> 2;
      const count = (short < 60 ? short : little(short - 59)) + 1;
      if (at + count > block.length || filled + count > length) return undefined;
      output.set(block.subarray(at, at + count), filled);
      at += count;
      filled += count;
      continue;
    }
    const count = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = kind === 1 ? (tag >>> 5) * 256 + little(1) : little(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > filled || filled + count > length || at > block.length) return undefined;
    for (let index = 0; index < count; index++, filled++) output[filled] = output[filled - offset] ?? 0; // copies may overlap themselves
  }
  return filled === length ? output : undefined;
}
