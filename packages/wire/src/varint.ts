/** Longest varint, in bytes. */
const maxVarintBytes = 10;

/** Offset after the varint at `at`; -1 when it runs past `end`, -2 when it is longer than ten bytes. */
export function varintEnd(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + maxVarintBytes);
  for (let next = at; next < limit; next++) if ((bytes[next] as number) < 0x80) return next + 1;
  return limit === end && end < at + maxVarintBytes ? -1 : -2;
}

/** The varint in `start`..`end` as an unsigned 64-bit number; bits above 64 are dropped, as every reader does. */
export function readVarint(bytes: Uint8Array, start: number, end: number): bigint {
  let low = 0;
  let high = 0n;
  let at = start;
  for (let shift = 0; at < end && shift < 28; at++, shift += 7) low |= ((bytes[at] as number) & 0x7f) << shift;
  for (let shift = 28n; at < end; at++, shift += 7n) high |= BigInt((bytes[at] as number) & 0x7f) << shift;
  return BigInt.asUintN(64, BigInt(low) | high);
}

/** The shortest varint of an unsigned number, appended to `out`. */
export function pushVarint(out: number[], value: bigint | number): void {
  if (typeof value === "number" && value < 0x8000_0000) {
    let rest = value;
    while (rest > 0x7f) {
      out.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.push(rest);
    return;
  }
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

/** Length of the shortest varint of an unsigned number, in bytes. */
export function varintLength(value: bigint | number): number {
  let length = 1;
  for (let rest = BigInt.asUintN(64, BigInt(value)) >> 7n; rest > 0n; rest >>= 7n) length++;
  return length;
}

/** The value zigzag-encoded as `value`. */
export function unzigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}

/** Zigzag encoding of a signed 64-bit value. */
export function zigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}
