import type { RecordSpan } from "./document.ts";

/** The parts of one record that can be read. */
export interface RecordHead {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  readonly end: number;
  /** Where the length stands; equals `valueStart` where there is none. */
  readonly lengthStart: number;
  /** The value, without the end tag of a group. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Wire types as tags have them. */
const [fixed64, lengthDelimited, startGroup, endGroup, fixed32] = [1, 2, 3, 4, 5];

/** The parts of the record at `span`, which was read before without a fault. */
export function recordHead(bytes: Uint8Array, span: Pick<RecordSpan, "start" | "end">): RecordHead {
  return headAt(bytes, span.start, span.end);
}

/** The records from `start` up to `end`, which were read before without a fault. */
export function recordHeads(bytes: Uint8Array, start: number, end: number): RecordHead[] {
  const heads: RecordHead[] = [];
  for (let at = start; at < end;) {
    const head = headAt(bytes, at, undefined);
    heads.push(head);
    at = head.end;
  }
  return heads;
}

/** Where the varint at `at` ends. */
export function varintEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while ((bytes[end] ?? 0) >= 0x80) end++;
  return end + 1;
}

function headAt(bytes: Uint8Array, start: number, knownEnd: number | undefined): RecordHead {
  const lengthStart = varintEnd(bytes, start);
  const tag = varintAt(bytes, start);
  const [number, wireType] = [tag >>> 3, tag & 7];
  const head = { number, wireType, start, lengthStart };
  switch (wireType) {
    case lengthDelimited: {
      const valueStart = varintEnd(bytes, lengthStart);
      const end = knownEnd ?? valueStart + varintAt(bytes, lengthStart);
      return { ...head, valueStart, valueEnd: end, end };
    }
    case startGroup: {
      let at = lengthStart;
      for (;;) {
        if ((varintAt(bytes, at) & 7) === endGroup) return { ...head, valueStart: lengthStart, valueEnd: at, end: varintEnd(bytes, at) };
        at = headAt(bytes, at, undefined).end;
      }
    }
    case fixed64:
    case fixed32: {
      const end = lengthStart + (wireType === fixed64 ? 8 : 4);
      return { ...head, valueStart: lengthStart, valueEnd: end, end };
    }
    default: {
      const end = varintEnd(bytes, lengthStart);
      return { ...head, valueStart: lengthStart, valueEnd: end, end };
    }
  }
}

/** The low 32 bits of a varint. */
function varintAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at + shift / 7] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value >>> 0;
}
