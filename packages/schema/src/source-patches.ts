import {
  type Field,
  isMessageValue,
  itemTypeOf,
  type MessageSource,
  type MessageValue,
  type PresentField,
  type RecordSpan,
  recordsOf,
} from "./document.ts";
import type { FieldChange, FreshWriter } from "./field-change.ts";
import { listPatches } from "./list-patches.ts";
import { mapPatches } from "./map-patches.ts";
import { inPieces, type Patch, replaced } from "./patch.ts";
import { sameScalar } from "./zero-value.ts";

const nothing = new Uint8Array();

/**
 * What changes in the source of a message so that it says what the message says: ascending, not overlapping. A value that is replaced keeps its
 * tag, the last of several that overwrite each other is the one that changes, an element of a list or an entry of a map changes alone, and
 * lengths around a change follow it. A field that was not there stands before the first record of a higher number.
 */
export function sourcePatches(message: MessageValue, source: MessageSource, writer: FreshWriter): readonly Patch[] {
  const gone = new Set<RecordSpan>(message.dropped);
  const patches: Patch[] = [];
  const inside = (inner: MessageValue) => (inner.source === undefined ? [] : sourcePatches(inner, inner.source, writer));
  const removeAll = (number: number) => {
    for (const record of recordsOf(source).known.get(number) ?? []) gone.add(record);
  };
  for (const number of [...message.touched].toSorted((a, b) => a - b)) {
    const before = source.fields.get(number);
    const after = message.fields.get(number);
    if (after === before) continue;
    if (after === undefined) {
      // What it had overwritten must not come to light.
      removeAll(number);
      for (const { number: sibling } of before?.field.oneof?.fields ?? []) if (!message.fields.has(sibling)) removeAll(sibling);
    } else if (before === undefined) {
      for (const { number: sibling } of after.field.oneof?.fields ?? []) if (sibling !== number) removeAll(sibling);
      patches.push(...added(source, after, writer, removeAll));
    } else {
      const change = { source, before, after, writer, inside };
      switch (after.value.kind) {
        case "single":
          patches.push(...singlePatches(change, gone));
          break;
        case "list":
          patches.push(...listPatches(change));
          break;
        case "map":
          patches.push(...mapPatches(change));
      }
    }
  }
  for (const { start, end } of gone) patches.push({ start, end, bytes: nothing });
  return patches.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** Sets a field that readers did not see. Records that a oneof had made void may be there: a scalar is written into the last of them. */
function added(source: MessageSource, after: PresentField, writer: FreshWriter, removeAll: (number: number) => void): readonly Patch[] {
  const { field, value } = after;
  const last = recordsOf(source).known.get(field.number)?.at(-1);
  if (last !== undefined && value.kind === "single" && !isMessageValue(value.item)) {
    return replaced(source.bytes, last, writer.value(value.item, field));
  }
  if (value.kind === "single") removeAll(field.number);
  const next = source.records.find((record) => record.number === -1 || record.number > field.number);
  const at = next?.start ?? source.bytes.length;
  return [{ start: at, end: at, bytes: writer.field(after) }];
}

function singlePatches({ source, before, after, writer, inside }: FieldChange, gone: Set<RecordSpan>): readonly Patch[] {
  if (before.value.kind !== "single" || after.value.kind !== "single") return [];
  const [was, item] = [before.value.item, after.value.item];
  const { field } = after;
  const records = effectiveRecords(source, field);
  const last = records.at(-1);
  if (last === undefined) return [];
  if (!isMessageValue(item) || !isMessageValue(was)) {
    if (!isMessageValue(item) && !isMessageValue(was) && sameScalar(item, was)) return [];
    return replaced(source.bytes, last, writer.value(item, field));
  }
  if (item.source === undefined || item.source !== was.source) {
    // Another message: nothing of the old one may be merged into it.
    for (const record of records) if (record !== last) gone.add(record);
    return replaced(source.bytes, last, writer.value(item, field));
  }
  return inPieces(source.bytes, records, inside(item));
}

/** The records that readers take a singular field from: the last one of a scalar, all of a message since its oneof last changed. */
function effectiveRecords(source: MessageSource, field: Field): readonly RecordSpan[] {
  const { known } = recordsOf(source);
  const own = known.get(field.number) ?? [];
  if (itemTypeOf(field).kind !== "message") return own.slice(-1);
  let voidUntil = 0;
  for (const { number } of field.oneof?.fields ?? []) {
    if (number !== field.number) voidUntil = Math.max(voidUntil, known.get(number)?.at(-1)?.start ?? 0);
  }
  return own.filter(({ start }) => start >= voidUntil);
}
