import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { RecordSpan } from "./document.ts";
import { type RecordHead, recordHead } from "./record-head.ts";
import { sameScalar } from "./zero-value.ts";

/** Replaces `start`..`end` of some bytes. */
export interface Patch {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Brings changes of a message that came in several records to those records. */
export function inPieces(
  bytes: Uint8Array,
  records: readonly Pick<RecordSpan, "start" | "end">[],
  inner: readonly Patch[],
): readonly Patch[] {
  if (inner.length === 0) return [];
  const patches: Patch[] = [];
  let [from, at] = [0, 0];
  for (const [position, record] of records.entries()) {
    const head = recordHead(bytes, record);
    const to = from + head.valueEnd - head.valueStart;
    const own: Patch[] = [];
    for (let patch = inner[at]; patch !== undefined && (patch.end <= to || position === records.length - 1); patch = inner[++at]) {
      // What begins where this piece ends belongs to it only when it puts something in.
      if (patch.start === to && patch.end > patch.start) break;
      own.push({ start: patch.start - from + head.valueStart, end: patch.end - from + head.valueStart, bytes: patch.bytes });
    }
    patches.push(...withLength(head, own));
    from = to;
  }
  return patches;
}

/** Another value in a record, which keeps its tag; nothing where it is the same. */
export function replaced(bytes: Uint8Array, record: Pick<RecordSpan, "start" | "end">, value: Uint8Array): readonly Patch[] {
  const head = recordHead(bytes, record);
  if (sameScalar(bytes.subarray(head.valueStart, head.valueEnd), value)) return [];
  return withLength(head, [{ start: head.valueStart, end: head.valueEnd, bytes: value }]);
}

/**
 * `inner`, which changes the value of a record, with the length that then is right: as short as can be, but as wide as before where it was
 * written wider than needed.
 */
export function withLength(head: RecordHead, inner: readonly Patch[]): readonly Patch[] {
  if (head.wireType !== 2 || inner.length === 0) return inner;
  const before = head.valueEnd - head.valueStart;
  const after = inner.reduce((size, patch) => size + patch.bytes.length - (patch.end - patch.start), before);
  if (after === before) return inner;
  const width = head.valueStart - head.lengthStart;
  const shortest = varint(after);
  const isWider = width > varint(before).length && width > shortest.length;
  const length = isWider ? widened(shortest, width) : shortest;
  return [{ start: head.lengthStart, end: head.valueStart, bytes: length }, ...inner];
}

/** `bytes` with ascending patches that do not overlap. */
export function patched(bytes: Uint8Array, patches: readonly Patch[]): Uint8Array {
  const result = new Uint8Array(patches.reduce((size, patch) => size + patch.bytes.length - (patch.end - patch.start), bytes.length));
  let [from, to] = [0, 0];
  for (const patch of patches) {
    result.set(bytes.subarray(from, patch.start), to);
    to += patch.start - from;
    result.set(patch.bytes, to);
    to += patch.bytes.length;
    from = patch.end;
  }
  result.set(bytes.subarray(from), to);
  return result;
}

/** A varint of at most 32 bits. */
function varint(value: number): Uint8Array {
  return new BinaryWriter().uint32(value).finish();
}

function widened(shortest: Uint8Array, width: number): Uint8Array {
  const wide = new Uint8Array(width).fill(0x80);
  wide.set(shortest);
  wide[shortest.length - 1] = (shortest.at(-1) ?? 0) | 0x80;
  wide[width - 1] = 0;
  return wide;
}
