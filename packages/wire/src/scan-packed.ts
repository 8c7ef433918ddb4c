import type { DiagnosticCode } from "./diagnostic.ts";
import { wireTypeOf, type WireField } from "./message-table.ts";
import { recordFlags, type RecordArrays } from "./scan-level.ts";
import { varintEnd } from "./varint.ts";

/** Packed runs with more elements than this stay closed: their index would be larger than what one can look at. */
const maxPackedElements = 4 * 1024 * 1024;

/** Cuts the run in `start`..`end` into elements; undefined for a run of more than {@link maxPackedElements}. */
export function scanPacked(bytes: Uint8Array, start: number, end: number, field: WireField): RecordArrays | undefined {
  const wireType = wireTypeOf(field.type);
  const size = wireType === 1 ? 8 : wireType === 5 ? 4 : 0;
  const wanted = countPacked(bytes, start, end, field);
  if (wanted > maxPackedElements) return undefined;
  const starts: Uint32Array = new Uint32Array(wanted);
  const ends = new Uint32Array(wanted);
  const flags = new Uint8Array(wanted);
  let count = 0;
  let fault: { offset: number; code: DiagnosticCode } | undefined;
  for (let at = start; at < end && count < wanted; count++) {
    let next = size === 0 ? varintEnd(bytes, at, end) : at + size;
    if (next < 0 || next > end) {
      fault = { offset: at, code: next === -2 ? "varint-too-long" : "packed-truncated" };
      flags[count] = recordFlags.malformed;
      next = end;
    }
    starts[count] = at;
    ends[count] = next;
    at = next;
  }
  const tags = new Uint32Array(count).fill(((field.number << 3) | wireType) >>> 0);
  const cut = <Kind extends Uint32Array | Uint8Array>(array: Kind): Kind => (count === wanted ? array : (array.slice(0, count) as Kind));
  return { start, end, count, tags, starts: cut(starts), valueStarts: cut(starts), ends: cut(ends), flags: cut(flags), fault };
}

/** Elements of the run in `start`..`end`, an unfinished one included. */
export function countPacked(bytes: Uint8Array, start: number, end: number, field: Pick<WireField, "type">): number {
  const wireType = wireTypeOf(field.type);
  if (wireType === 1) return Math.ceil((end - start) / 8);
  if (wireType === 5) return Math.ceil((end - start) / 4);
  let count = 0;
  for (let at = start; at < end; at++) if ((bytes[at] as number) < 0x80) count++;
  return end > start && (bytes[end - 1] as number) >= 0x80 ? count + 1 : count;
}
