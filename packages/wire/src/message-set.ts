import type { MessageTable } from "./message-table.ts";
import { readLength } from "./scan-level.ts";
import { readVarint, varintEnd } from "./varint.ts";

/** What an item of a MessageSet says. The first type id and the first message count; others are skipped, as C++ and Java do. */
export interface MessageSetItem {
  /** Undefined where none was sent: the item says nothing then. */
  readonly typeId: number | undefined;
  /** Where the record of the message begins; undefined where none was sent. */
  readonly messageAt: number | undefined;
}

/** Reads an item from the first byte after its start tag to its end tag, or to `end`. What is in groups inside is passed over. */
export function readMessageSetItem(bytes: Uint8Array, start: number, end: number): MessageSetItem {
  let typeId: number | undefined;
  let messageAt: number | undefined;
  let depth = 0;
  for (let at = start; at < end;) {
    const tagEnd = varintEnd(bytes, at, Math.min(end, at + 5));
    if (tagEnd < 0) break;
    const tag = readLength(bytes, at, tagEnd);
    let next = tagEnd;
    if (tag % 8 === 3) depth++;
    else if (tag % 8 === 4) {
      if (depth === 0) break;
      depth--;
    } else if (tag % 8 === 1) next += 8;
    else if (tag % 8 === 5) next += 4;
    else {
      next = varintEnd(bytes, tagEnd, end);
      if (next < 0 || tag % 8 > 2) break;
      if (depth === 0 && tag === 16) typeId ??= Number(BigInt.asUintN(32, readVarint(bytes, tagEnd, next)));
      if (depth === 0 && tag === 26) messageAt ??= at;
      if (tag % 8 === 2) next += readLength(bytes, tagEnd, next);
    }
    at = next;
  }
  return { typeId, messageAt };
}

/** The type of a MessageSet item's message, where it is known and this record is the one that counts. */
export function heldType(
  bytes: Uint8Array,
  table: MessageTable | undefined,
  { levelStart, recordStart, end }: { levelStart: number; recordStart: number; end: number },
): MessageTable | undefined {
  const { typeId, messageAt } = readMessageSetItem(bytes, varintEnd(bytes, levelStart, end), end);
  return typeId === undefined || messageAt !== recordStart ? undefined : table?.typeOfId?.(typeId);
}
