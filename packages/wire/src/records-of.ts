import type { MessageTable } from "./message-table.ts";
import { closeGroup, defaultMaxDepth, readLength } from "./scan-level.ts";
import { varintEnd } from "./varint.ts";
import { wireTypes } from "./wire-type.ts";

/** A message that is being read, or one around it. */
export interface OpenMessage {
  /** Where the record begins that holds it; -1 for the outermost. */
  readonly recordStart: number;
  /** End of its content; of what is around it while it is an open group. */
  readonly end: number;
  readonly table: MessageTable | undefined;
}

/** Records that may still be looked at; counts down. */
export interface Budget {
  records: number;
}

/** A run of records, and where the record begins that holds it. */
export interface Content {
  readonly recordStart: number;
  readonly start: number;
  readonly end: number;
}

/** One record. */
export interface Span {
  readonly start: number;
  readonly number: number;
  readonly wireType: number;
  readonly valueStart: number;
  readonly end: number;
}

/** The content of an open message. */
export function contentOf(bytes: Uint8Array, { recordStart, end }: OpenMessage): Content {
  if (recordStart < 0) return { recordStart, start: 0, end };
  const tagEnd = varintEnd(bytes, recordStart, end);
  if (((bytes[recordStart] as number) & 7) === wireTypes.startGroup) return { recordStart, start: tagEnd, end };
  return { recordStart, start: varintEnd(bytes, tagEnd, end), end };
}

/** The records of `content` up to its end, the end tag of its group, or a fault. */
export function* recordsOf(bytes: Uint8Array, content: Content, budget: Budget): Generator<Span> {
  const { end } = content;
  for (let start = content.start; start >= 0 && start < end;) {
    budget.records--;
    const tagEnd = varintEnd(bytes, start, Math.min(end, start + 5));
    const tag = tagEnd < 0 ? 0 : readLength(bytes, start, tagEnd);
    if (tagEnd < 0 || budget.records <= 0) return;
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    let valueStart = tagEnd;
    let next = -1;
    if (wireType === wireTypes.i64) next = tagEnd + 8;
    else if (wireType === wireTypes.i32) next = tagEnd + 4;
    else if (wireType === wireTypes.varint) next = varintEnd(bytes, tagEnd, end);
    else if (wireType === wireTypes.len) {
      valueStart = varintEnd(bytes, tagEnd, end);
      next = valueStart < 0 ? -1 : valueStart + readLength(bytes, tagEnd, valueStart);
    } else if (wireType === wireTypes.startGroup) next = closeGroup(bytes, tagEnd, end, number, defaultMaxDepth).end;
    if (next < 0 || next > end) return;
    yield { start, number, wireType, valueStart, end: next };
    start = next;
  }
}
