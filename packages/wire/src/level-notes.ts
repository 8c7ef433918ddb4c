import { hexOffset } from "./diagnostic.ts";
import { levelFacts } from "./level-facts.ts";
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

/** Notes on one record, by the rules for merging, defaults and unknown fields. Facts about its level are gathered once. */
export function recordNotes(index: WireIndex, record: WireRecord): RecordNote[] {
  const { level, field, at, number } = record;
  if (level.kind === "packed") return field === undefined ? [] : closedEnumNote(index, record, field);
  if (level.table === undefined || record.hasBadTag) return [];
  const notes: RecordNote[] = [];
  const { lastOfField, countOfField, lastOfOneof, lastWithKey } = levelFacts(index, level);
  if (field === undefined) {
    const declared = level.table.byNumber(number);
    if (record.isMalformed) return [];
    return declared === undefined
      ? [{ kind: "unknown", text: `${level.table.typeName} has no field ${number}` }]
      : [{ kind: "wrong-wire-type", text: `unknown: ${declared.name} is declared ${declared.type}` }];
  }
  const last = lastOfField.get(number) as number;
  const total = countOfField.get(number) as number;
  const lastStart = hexOffset(level.starts[last] as number);
  if (field.shape === "singular" && total > 1) {
    if (field.message !== undefined) notes.push({ kind: "merged", text: `one of ${total} that are merged` });
    else if (at !== last) notes.push({ kind: "overwritten", text: `overwritten by ${lastStart}: the last one wins` });
  }
  if (field.oneof !== undefined) {
    const member = lastOfOneof.get(field.oneof.name) as number;
    if ((level.tags[member] as number) >>> 3 !== number) {
      notes.push({
        kind: "cleared",
        text: `cleared by ${hexOffset(level.starts[member] as number)}: another member of ${field.oneof.name}`,
      });
    }
  }
  if (field.shape === "map") notes.push(...mapNotes(index, record, lastWithKey?.[at] ?? at));
  if (field.isPackable) {
    const isRun = record.wireType === wireTypes.len;
    if (isRun !== field.isPacked)
      notes.push({ kind: "packing", text: isRun ? "sent packed, declared unpacked" : "sent unpacked, declared packed" });
  }
  if (!record.isMalformed && !(field.isPackable && record.wireType === wireTypes.len)) notes.push(...closedEnumNote(index, record, field));
  if (field.isImplicit && field.message === undefined && field.oneof === undefined && isDefault(index.bytes, record, field)) {
    notes.push({ kind: "default-sent", text: "the default, which need not be sent" });
  }
  if (at > 0 && (level.tags[at - 1] as number) >>> 3 > number) notes.push({ kind: "out-of-order", text: "not in ascending order" });
  return notes;
}

function mapNotes(index: WireIndex, record: WireRecord, last: number): RecordNote[] {
  const notes: RecordNote[] = [];
  const inside = index.children(record);
  const numbers = new Set<number>();
  for (let at = 0; inside !== undefined && at < inside.count; at++) numbers.add((inside.tags[at] as number) >>> 3);
  if (!numbers.has(1)) notes.push({ kind: "missing-key", text: "no key: the default is read" });
  if (!numbers.has(2)) notes.push({ kind: "missing-value", text: "no value: the default is read" });
  if (last !== record.at) {
    notes.push({ kind: "duplicate-key", text: `overwritten by ${hexOffset(record.level.starts[last] as number)}: same key` });
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
