/** Offset of the first byte in `start`..`end` that is not well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms), or -1. */
export function invalidUtf8At(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at] as number;
    if (lead < 0x80) {
      at++;
      continue;
    }
    let more: number;
    let lowest = 0x80;
    let highest = 0xbf;
    if (lead < 0xc2) return at;
    if (lead < 0xe0) more = 1;
    else if (lead < 0xf0) {
      more = 2;
      if (lead === 0xe0) lowest = 0xa0;
      if (lead === 0xed) highest = 0x9f;
    } else if (lead < 0xf5) {
      more = 3;
      if (lead === 0xf0) lowest = 0x90;
      if (lead === 0xf4) highest = 0x8f;
    } else return at;
    if (at + more >= end) return at;
    const second = bytes[at + 1] as number;
    if (second < lowest || second > highest) return at;
    for (let next = at + 2; next <= at + more; next++) if (((bytes[next] as number) & 0xc0) !== 0x80) return at;
    at += more + 1;
  }
  return -1;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text of `start`..`end`; malformed sequences become U+FFFD. A byte order mark stays. */
export function textFrom(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}
