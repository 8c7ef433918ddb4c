import type { DiagnosticCode } from "./diagnostic.ts";
import { varintEnd } from "./varint.ts";

/** Bits of a record's flags. */
export const recordFlags = {
  /** From here to the end of its message nothing can be read. Always the last record of a level. */
  malformed: 1,
  /** The tag cannot be right (field 0, an end tag without a start), but what follows can be read. */
  badTag: 2,
} as const;

/** The records of one message, side by side: about 16 bytes each. Spans tile `start`..`end` without gap or overlap. */
export interface RecordArrays {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  /** Field number and wire type as in the tag; 0 where not even a tag could be read. */
  readonly tags: Uint32Array;
  readonly starts: Uint32Array;
  /** First byte of the value: after the tag, and after the length of a LEN. */
  readonly valueStarts: Uint32Array;
  readonly ends: Uint32Array;
  readonly flags: Uint8Array;
  /** First byte that could not be read, and why; undefined for a well-formed level. */
  readonly fault: { readonly offset: number; readonly code: DiagnosticCode } | undefined;
}

/** Deepest nesting that is read, as in C++ and Java. */
export const defaultMaxDepth = 100;

const largestLength = 0x7fff_ffff;

/** Cuts `start`..`end` into records. Never throws; what cannot be read becomes one malformed record at the end. */
export function scanLevel(bytes: Uint8Array, start: number, end: number, depthLeft = defaultMaxDepth): RecordArrays {
  const counted = scan(bytes, start, end, depthLeft, undefined);
  const { count } = counted;
  const arrays = {
    tags: new Uint32Array(count),
    starts: new Uint32Array(count),
    valueStarts: new Uint32Array(count),
    ends: new Uint32Array(count),
    flags: new Uint8Array(count),
  };
  scan(bytes, start, end, depthLeft, arrays);
  return { start, end, count, ...arrays, fault: counted.fault };
}

/** Position of the record that holds `offset`, by binary search; `offset` must lie within the level. */
export function positionOf(level: Pick<RecordArrays, "count" | "starts">, offset: number): number {
  let low = 0;
  let high = level.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((level.starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Records that `start`..`end` is cut into, without an index of them, which takes 17 bytes a record. */
export function countRecords(bytes: Uint8Array, start: number, end: number): number {
  return scan(bytes, start, end, defaultMaxDepth, undefined).count;
}

/** True when `start`..`end` is cut into records without any fault: the test "could this be a message". Empty is not. */
export function parsesStrictly(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end) return false;
  const { fault, sawBadTag } = scan(bytes, start, end, defaultMaxDepth, undefined);
  return fault === undefined && !sawBadTag;
}

/** Where a group is closed; both offsets are -1 when it is not. */
interface ClosedGroup {
  /** Offset of the end tag. */
  readonly tagAt: number;
  /** Offset after it. */
  readonly end: number;
  /** A tag inside it cannot be right: field 0, or an end tag that closes nothing. */
  readonly sawBadTag: boolean;
}

/**
 * The end tag that closes a group whose content begins at `at`, before `end`. An end tag of another number is passed over: it is a fault of
 * the content.
 */
export function closeGroup(bytes: Uint8Array, at: number, end: number, number: number, depthLeft: number): ClosedGroup {
  const open: number[] = [number];
  let pos = at;
  let sawBadTag = false;
  while (pos < end) {
    const tagAt = pos;
    const tagStop = Math.min(end, pos + 5);
    let tag = 0;
    let scale = 1;
    let more = true;
    while (pos < tagStop) {
      const byte = bytes[pos++] as number;
      tag += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) {
        more = false;
        break;
      }
    }
    if (more || tag > 0xffff_ffff) return unclosed;
    if (tag < 8) sawBadTag = true;
    switch (tag & 7) {
      case 0: {
        pos = varintEnd(bytes, pos, end);
        if (pos < 0) return unclosed;
        break;
      }
      case 1:
        pos += 8;
        break;
      case 5:
        pos += 4;
        break;
      case 2: {
        const after = varintEnd(bytes, pos, end);
        if (after < 0) return unclosed;
        const length = readLength(bytes, pos, after);
        if (length > end - after) return unclosed;
        pos = after + length;
        break;
      }
      case 3:
        if (open.length >= depthLeft) return unclosed;
        open.push(tag >>> 3);
        break;
      case 4:
        if (open[open.length - 1] === tag >>> 3) {
          open.pop();
          if (open.length === 0) return { tagAt, end: pos, sawBadTag };
        } else sawBadTag = true;
        break;
      default:
        return unclosed;
    }
    if (pos > end) return unclosed;
  }
  return unclosed;
}

const unclosed: ClosedGroup = { tagAt: -1, end: -1, sawBadTag: false };

/** A length varint as a number; larger than any array when it does not fit. */
export function readLength(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  let scale = 1;
  for (let at = start; at < end; at++) {
    value += ((bytes[at] as number) & 0x7f) * scale;
    scale *= 128;
  }
  return value;
}

interface Filled {
  tags: Uint32Array;
  starts: Uint32Array;
  valueStarts: Uint32Array;
  ends: Uint32Array;
  flags: Uint8Array;
}

function scan(
  bytes: Uint8Array,
  start: number,
  end: number,
  depthLeft: number,
  out: Filled | undefined,
): { count: number; fault: RecordArrays["fault"]; sawBadTag: boolean } {
  let pos = start;
  let count = 0;
  let sawBadTag = false;
  while (pos < end) {
    const recordStart = pos;
    let tag = bytes[pos++] as number;
    let flag = 0;
    let code: DiagnosticCode | undefined;
    let faultAt = recordStart;
    let valueStart = pos;
    if (tag >= 0x80) {
      const stop = Math.min(end, recordStart + 5);
      tag &= 0x7f;
      let scale = 128;
      let more = true;
      while (pos < stop) {
        const byte = bytes[pos++] as number;
        tag += (byte & 0x7f) * scale;
        scale *= 128;
        if (byte < 0x80) {
          more = false;
          break;
        }
      }
      valueStart = pos;
      if (more) {
        code = pos === end && end < recordStart + 5 ? "tag-truncated" : "tag-too-long";
        tag = 0;
        valueStart = recordStart;
      } else if (tag > 0xffff_ffff) {
        code = "tag-too-long";
        tag = 0;
        valueStart = recordStart;
      }
    }
    if (code === undefined) {
      const number = tag >>> 3;
      if (number === 0) {
        flag = recordFlags.badTag;
        sawBadTag = true;
      }
      switch (tag & 7) {
        case 0: {
          const byte = pos < end ? (bytes[pos] as number) : 0x80;
          if (byte < 0x80) pos++;
          else {
            const after = varintEnd(bytes, pos, end);
            if (after < 0) {
              code = after === -1 ? "varint-truncated" : "varint-too-long";
              faultAt = pos;
            } else pos = after;
          }
          break;
        }
        case 1:
          if (end - pos < 8) {
            code = "fixed-truncated";
            faultAt = pos;
          } else pos += 8;
          break;
        case 5:
          if (end - pos < 4) {
            code = "fixed-truncated";
            faultAt = pos;
          } else pos += 4;
          break;
        case 2: {
          const after = varintEnd(bytes, pos, end);
          faultAt = pos;
          if (after < 0) code = after === -1 ? "length-truncated" : "varint-too-long";
          else {
            const length = readLength(bytes, pos, after);
            valueStart = after;
            if (length > end - after) code = length > largestLength ? "length-too-large" : "length-past-end";
            else pos = after + length;
          }
          break;
        }
        case 3: {
          const closed = closeGroup(bytes, pos, end, number, depthLeft);
          sawBadTag ||= closed.sawBadTag;
          if (closed.end === -1) code = "group-unclosed";
          else pos = closed.end;
          break;
        }
        case 4:
          flag = recordFlags.badTag;
          sawBadTag = true;
          break;
        default:
          code = "wire-type-invalid";
      }
    }
    if (code !== undefined) {
      flag |= recordFlags.malformed;
      pos = end;
      if (faultAt >= end) faultAt = recordStart;
    }
    if (out !== undefined) {
      out.tags[count] = tag;
      out.starts[count] = recordStart;
      out.valueStarts[count] = valueStart;
      out.ends[count] = pos;
      out.flags[count] = flag;
    }
    count++;
    if (code !== undefined) return { count, fault: { offset: faultAt, code }, sawBadTag };
  }
  return { count, fault: undefined, sawBadTag };
}
