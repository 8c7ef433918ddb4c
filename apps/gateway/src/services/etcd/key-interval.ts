/**
 * A key as a string with one character per byte, so that string order is byte order and Map can hold it.
 */
export type KeyText = string;

/** Keys from `start` on and before `end`; without `end` all from `start` on. */
export interface KeyInterval {
  readonly start: KeyText;
  readonly end: KeyText | undefined;
}

/** The key as text, one character per byte. */
export function keyTextFrom(key: Uint8Array): KeyText {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

/**
 * What `key` and `range_end` of a request mean: no range_end is the one key, a range_end of one zero byte is everything
 * from the key on, anything else is the keys before it.
 */
export function keyIntervalFrom(key: Uint8Array, rangeEnd: Uint8Array): KeyInterval {
  const start = keyTextFrom(key);
  if (rangeEnd.length === 0) {
    return { start, end: `${start}\0` };
  }
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) {
    return { start, end: undefined };
  }
  return { start, end: keyTextFrom(rangeEnd) };
}

/** True when the interval holds the key. */
export function isInInterval(key: KeyText, interval: KeyInterval): boolean {
  return key >= interval.start && (interval.end === undefined || key < interval.end);
}
