import { hexOffset } from "./diagnostic.ts";
import { clearedAt, isKnownNumber, levelFacts, occurrencesOf, unknownValue, type ListFacts, type Occurrences } from "./level-facts.ts";
import type { WireField } from "./message-table.ts";
import { scalarText, scalarValue } from "./scalar-text.ts";
import type { WireIndex, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** What a reader of protobuf makes of a record beyond its value. */
export interface RecordNote {
  readonly kind:
    | "unknown"
    | "wrong-wire-type"
    | "overwritten"
    | "merged"
    | "cleared"
    | "duplicate-key"
    | "missing-key"
    | "missing-value"
    | "closed-enum"
    | "default-sent"
    | "out-of-order"
    | "packing";
  /** One line: "overwritten by 0x1f: the last one wins". */
  readonly text: string;
}

/** Ranges of merged messages that a note names. */
const maxNamed = 4;

/** Notes on one record, by the rules for merging, defaults and unknown fields. Facts about its level are gathered once. */
export function recordNotes(index: WireIndex, record: WireRecord): RecordNote[] {
  const { level, field, at, number } = record;
  if (level.kind !== "message") return field === undefined ? [] : closedEnumNote(index, record, field);
  if (level.table === undefined || record.hasBadTag) return [];
  const notes: RecordNote[] = [];
  if (field === undefined) {
    const declared = level.table.byNumber(number);
    if (record.isMalformed) return [];
    if (declared !== undefined) return [{ kind: "wrong-wire-type", text: `unknown: ${declared.name} is declared ${declared.type}` }];
    return level.table.isMapEntry
      ? [{ kind: "unknown", text: `dropped: a map entry has no field ${number}` }]
      : [{ kind: "unknown", text: `${level.table.typeName} has no field ${number}` }];
  }
  const { merged, lastWithKey } = levelFacts(index, level);
  const isKnown = record.isMalformed || isKnownNumber(index, record, field);
  if (isKnown && field.shape === "singular") {
    const cleared = clearedAt(merged, record, field);
    const together = occurrencesOf(merged, record, field);
    if (together !== undefined && together.count > 1) {
      if (field.message !== undefined) notes.push({ kind: "merged", text: mergedText(together, index.origin) });
      else if (together.last !== record.start) {
        notes.push({ kind: "overwritten", text: `overwritten by ${hexOffset(together.last + index.origin)}: the last one wins` });
      }
    }
    if (cleared !== undefined) {
      notes.push({
        kind: "cleared",
        text: `cleared by ${hexOffset(cleared + index.origin)}: another member of ${field.oneof?.name ?? "the oneof"}`,
      });
    }
  }
  if (field.shape === "map") notes.push(...mapNotes(index, record, lastWithKey?.[at] ?? at));
  if (field.isPackable) {
    const text = packingText(record, field, merged.lists.get(field.number));
    if (text !== "") notes.push({ kind: "packing", text });
  }
  if (!isKnown) notes.push(...closedEnumNote(index, record, field));
  const isDefaultSent = field.message === undefined && field.oneof === undefined && isDefault(index.bytes, record, field);
  if (field.isImplicit && isDefaultSent) notes.push({ kind: "default-sent", text: "the default, which need not be sent" });
  if (at > 0 && (level.tags[at - 1] as number) >>> 3 > number) notes.push({ kind: "out-of-order", text: "not in ascending order" });
  return notes;
}

function mergedText({ ranges, count }: Occurrences, origin: number): string {
  const named = ranges.slice(0, maxNamed).map(({ start, end }) => `${hexOffset(start + origin)}–${hexOffset(end - 1 + origin)}`);
  return `one of ${count} that are merged: ${named.join(", ")}${count > named.length ? ", …" : ""}`;
}

function packingText({ wireType }: WireRecord, field: WireField, list: ListFacts | undefined): string {
  const isRun = wireType === wireTypes.len;
  const parts: string[] = [];
  if (isRun !== field.isPacked) parts.push(isRun ? "sent packed, declared unpacked" : "sent unpacked, declared packed");
  if (list !== undefined && list.runs > 0 && list.singles > 0) parts.push("packed and unpacked records, read in order");
  else if (isRun && list !== undefined && list.runs > 1) parts.push(`one of ${list.runs} runs, read one after another`);
  if (list?.isInterleaved === true && list.runs > 0) parts.push("with other fields in between");
  return parts.join(" · ");
}

function mapNotes(index: WireIndex, record: WireRecord, last: number): RecordNote[] {
  const unknown = unknownValue(index, record);
  if (unknown !== undefined) {
    const number = scalarText(index.bytes, unknown.value.valueStart, unknown.value.end, unknown.field);
    return [
      { kind: "closed-enum", text: `${unknown.field.enum?.name} is closed and has no ${number}: the whole entry is an unknown field` },
    ];
  }
  const notes: RecordNote[] = [];
  const inside = index.children(record);
  const numbers = new Set<number>();
  for (let at = 0; inside?.kind === "message" && at < inside.count; at++) {
    if (index.record(inside, at)?.field !== undefined) numbers.add((inside.tags[at] as number) >>> 3);
  }
  if (!numbers.has(1)) notes.push({ kind: "missing-key", text: "no key: the default is read" });
  if (!numbers.has(2)) notes.push({ kind: "missing-value", text: "no value: the default is read" });
  if (last !== record.at) {
    notes.push({
      kind: "duplicate-key",
      text: `overwritten by ${hexOffset((record.level.starts[last] as number) + index.origin)}: same key`,
    });
  }
  return notes;
}

function closedEnumNote(index: WireIndex, { valueStart, end }: WireRecord, field: WireField): RecordNote[] {
  if (field.enum === undefined || field.enum.open) return [];
  const number = scalarText(index.bytes, valueStart, end, field);
  if (field.enum.values.some((value) => String(value.number) === number)) return [];
  return [{ kind: "closed-enum", text: `${field.enum.name} is closed and has no ${number}: kept as an unknown field` }];
}

function isDefault(bytes: Uint8Array, { valueStart, end }: WireRecord, field: WireField): boolean {
  if (field.type === "string" || field.type === "bytes") return valueStart === end;
  const value = scalarValue(bytes, valueStart, end, field.type);
  return value === 0n || value === false || Object.is(value, 0);
}
