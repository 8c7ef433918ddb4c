import type { ReadAs } from "./read-as.ts";
import { varintEnd } from "./varint.ts";

/** Elements that are looked at. */
const maxLooked = 4096;
/** Lengths of varints in a run differ by no more: numbers of one list are of one size. */
const maxLengthSpread = 2;
/** Binary orders of magnitude that floats of one run span at most. */
const maxExponentSpread = 24;

/**
 * The packed run that bytes look most like: a whole number of elements, at least two, that are much alike in size. Undefined when they look
 * like none. Random bytes end in a whole varint half of the time; that their lengths are alike too is rare.
 */
export function plausiblePacked(bytes: Uint8Array, start: number, end: number): ReadAs | undefined {
  const size = end - start;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, size);
  if (size >= 16 && size % 8 === 0) {
    if (areAlike(size / 8, (at) => view.getFloat64(at * 8, true))) return "packed double";
    if (every(size / 8, (at) => view.getUint16(at * 8 + 6, true) === 0)) return "packed fixed64";
  }
  if (size >= 8 && size % 4 === 0) {
    if (areAlike(size / 4, (at) => view.getFloat32(at * 4, true))) return "packed float";
    if (every(size / 4, (at) => view.getUint8(at * 4 + 3) === 0)) return "packed fixed32";
  }
  return areVarintsAlike(bytes, start, end) ? "packed uint64" : undefined;
}

function areVarintsAlike(bytes: Uint8Array, start: number, end: number): boolean {
  let shortest = Number.POSITIVE_INFINITY;
  let longest = 0;
  let count = 0;
  for (let at = start; at < end && count < maxLooked; count++) {
    const after = varintEnd(bytes, at, end);
    const length = after - at;
    if (after < 0 || (length > 1 && bytes[after - 1] === 0)) return false;
    shortest = Math.min(shortest, length);
    longest = Math.max(longest, length);
    if (longest - shortest > maxLengthSpread) return false;
    at = after;
  }
  return count > 1;
}

/** Finite, no subnormals, of sizes that people use, and of much the same magnitude; not all zero. */
function areAlike(count: number, valueAt: (at: number) => number): boolean {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  const isPlausible = every(count, (at) => {
    const size = Math.abs(valueAt(at));
    if (size === 0) return true;
    if (!(size > 1e-9 && size < 1e15)) return false;
    least = Math.min(least, Math.log2(size));
    most = Math.max(most, Math.log2(size));
    return most - least <= maxExponentSpread;
  });
  return isPlausible && most >= least;
}

function every(count: number, test: (at: number) => boolean): boolean {
  for (let at = 0; at < count && at < maxLooked; at++) if (!test(at)) return false;
  return true;
}
