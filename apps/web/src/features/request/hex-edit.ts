/** Where the next key goes. */
export interface HexCaret {
  /** Offset of a byte; the length of the bytes stands behind the last one. */
  readonly at: number;
  /** The other end of a range that Shift made; equals `at` without one. */
  readonly anchor: number;
  /** A digit was typed for the byte at `at`, and the next one is its second. */
  readonly isHalf: boolean;
}

/** Bytes and caret after an edit. */
export interface HexEdited {
  readonly bytes: Uint8Array;
  readonly caret: HexCaret;
}

const nothing = new Uint8Array();

/** Types a hex digit: over the byte at the caret, or, when inserting and behind the last byte, as a byte of its own. A range is replaced. */
export function typeDigit(bytes: Uint8Array, caret: HexCaret, { digit, isInserting }: { digit: number; isInserting: boolean }): HexEdited {
  const { at, isHalf } = caret;
  const { start, end } = rangeOf(caret);
  if (isHalf && at < bytes.length) {
    const high = (bytes[at] ?? 0) & 0xf0;
    return { bytes: spliced(bytes, { start: at, end: at + 1, by: Uint8Array.of(high | digit) }), caret: caretAt(at + 1) };
  }
  const isRange = end - start > 1;
  const from = isRange ? start : at;
  const to = isRange ? Math.min(end, bytes.length) : isInserting ? at : Math.min(at + 1, bytes.length);
  // Over a byte its second digit stays until it is typed.
  const low = !isRange && to > from ? (bytes[at] ?? 0) & 0x0f : 0;
  return {
    bytes: spliced(bytes, { start: from, end: to, by: Uint8Array.of((digit << 4) | low) }),
    caret: { ...caretAt(from), isHalf: true },
  };
}

/** Takes out the range, else the byte at the caret (Delete) or before it (Backspace). Undefined where there is none. */
export function takeOut(bytes: Uint8Array, caret: HexCaret, key: "Delete" | "Backspace"): HexEdited | undefined {
  const { start, end } = rangeOf(caret);
  const isRange = end - start > 1;
  // Half a byte is typed: Backspace takes that byte.
  const from = isRange || key === "Delete" || caret.isHalf ? start : start - 1;
  const to = Math.min(isRange ? end : from + 1, bytes.length);
  return from < 0 || from >= to ? undefined : { bytes: spliced(bytes, { start: from, end: to, by: nothing }), caret: caretAt(from) };
}

/** Puts bytes in at the caret, or in place of the range. */
export function putIn(bytes: Uint8Array, caret: HexCaret, put: Uint8Array): HexEdited {
  const { start, end } = rangeOf(caret);
  const to = end - start > 1 ? Math.min(end, bytes.length) : start;
  return { bytes: spliced(bytes, { start, end: to, by: put }), caret: caretAt(start + put.length) };
}

/** A caret at a byte. */
export function caretAt(at: number): HexCaret {
  return { at, anchor: at, isHalf: false };
}

/** The bytes of `now` that differ from `before`: one by one where both are as long, else all between what they begin and end with in common. */
export function createEditedBytes(before: Uint8Array, now: Uint8Array): (offset: number) => boolean {
  if (before === now) return () => false;
  if (before.length === now.length) return (offset) => before[offset] !== now[offset];
  const shorter = Math.min(before.length, now.length);
  let head = 0;
  while (head < shorter && before[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  // Where bytes only went, the two beside the gap say so.
  const isGap = head + tail === now.length;
  return (offset) => (isGap ? offset === head - 1 || offset === head : offset >= head && offset < now.length - tail);
}

function rangeOf({ at, anchor }: HexCaret): { start: number; end: number } {
  return { start: Math.min(at, anchor), end: Math.max(at, anchor) + 1 };
}

function spliced(bytes: Uint8Array, { start, end, by }: { start: number; end: number; by: Uint8Array }): Uint8Array {
  const result = new Uint8Array(bytes.length - (end - start) + by.length);
  result.set(bytes.subarray(0, start));
  result.set(by, start);
  result.set(bytes.subarray(end), start + by.length);
  return result;
}
