import { concat, encodeValue } from "./encode-value.ts";
import { encodeMessage } from "./encode-message.ts";
import type { FieldContent, MessageContent, UnknownContent, ValueContent } from "./message-content.ts";
import type { FieldType, MessageTable, WireField } from "./message-table.ts";
import { wireTypeOf } from "./message-table.ts";
import { entryValue } from "./paths.ts";
import { scalarText, scalarValue } from "./scalar-text.ts";
import { pushVarint, readVarint } from "./varint.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** Why a record has no part in what a message says. */
export type DropReason = "overwritten" | "cleared" | "default" | "duplicate-key" | "entry-unknown" | "empty-run";

/** What bytes say. */
export interface BytesContent {
  readonly content: MessageContent;
  /** Records without a part in it, by their `start`. Nothing inside a dropped record is listed. */
  readonly dropped: ReadonlyMap<number, DropReason>;
}

/** A value on its way: messages are settled when all that is merged into them is known. */
interface Pending {
  value: Uint8Array | MessageContent | undefined;
  from: WireRecord[];
}

interface Gathered {
  readonly field: WireField;
  readonly values: Pending[];
  /** Of a map: position of each key. */
  readonly keys: Map<string, number>;
}

const nothing = new Uint8Array();

/**
 * What the bytes of a valid message say by the rules of protobuf: the last one wins, messages are merged, members of a oneof clear each
 * other, unknown numbers of closed enums and values of another wire type are unknown fields, and an implicit field with its default is absent.
 * Needs an index without overrides; of bytes that are no valid message it says what there is before the fault. A packed run that is too long
 * to be opened counts as empty.
 */
export function contentFromBytes(index: WireIndex): BytesContent {
  const dropped = new Map<number, DropReason>();
  return { content: read(index, index.root.table, [index.root], dropped), dropped };
}

/** The content of one message, which `levels` say one after another. */
function read(
  index: WireIndex,
  table: MessageTable | undefined,
  levels: readonly WireLevel[],
  dropped: Map<number, DropReason>,
): MessageContent {
  const gathered = new Map<number, Gathered>();
  const unknown: UnknownContent[] = [];
  for (const level of levels) {
    for (let at = 0; at < level.count; at++) {
      const record = index.record(level, at);
      if (record === undefined || record.isMalformed || record.hasBadTag) continue;
      if (record.field === undefined) unknown.push(unknownOf(index, record));
      else take(record, record.field);
    }
  }
  const fields: FieldContent[] = [];
  for (const [, { field, values }] of [...gathered].toSorted(([a], [b]) => a - b)) {
    const settled = values.map(({ value, from }) => ({ value: value ?? messageOf(field, from), from }));
    if (settled.length > 0) fields.push({ field, values: settled });
  }
  return { table, fields, unknown };

  function take(record: WireRecord, field: WireField): void {
    if (field.shape === "map") {
      takeEntry(record, field);
      return;
    }
    if (field.isPackable && record.wireType === wireTypes.len) {
      takeRun(record, field);
      return;
    }
    const value = field.message === undefined ? canonicalPayload(index.bytes, record, field.type) : undefined;
    if (isForeign(field, record)) {
      unknown.push(unknownVarint(record, value ?? nothing));
      return;
    }
    if (field.shape === "list") {
      gather(field).values.push({ value, from: [record] });
      return;
    }
    clearSiblings(field);
    const { values } = gather(field);
    const [before] = values;
    if (before !== undefined && table?.typeOfId !== undefined) {
      // Of what an item of a MessageSet says twice the first counts, as in C++ and Java.
      dropped.set(record.start, "overwritten");
      return;
    }
    if (before !== undefined && field.message !== undefined) {
      before.from.push(record);
      return;
    }
    for (const earlier of before?.from ?? []) dropped.set(earlier.start, "overwritten");
    values.length = 0;
    if (field.isImplicit && field.message === undefined && field.oneof === undefined && isZero(value ?? nothing, field.type))
      dropped.set(record.start, "default");
    else values.push({ value, from: [record] });
  }

  function takeRun(record: WireRecord, field: WireField): void {
    const elements = index.children(record);
    if (elements === undefined || elements.count === 0) {
      dropped.set(record.start, "empty-run");
      return;
    }
    const { values } = gather(field);
    for (let at = 0; at < elements.count; at++) {
      const element = index.record(elements, at);
      if (element === undefined || element.isMalformed) continue;
      const value = canonicalPayload(index.bytes, element, field.type);
      if (isForeign(field, element)) unknown.push(unknownVarint({ ...element, number: field.number }, value));
      else values.push({ value, from: [element] });
    }
  }

  function takeEntry(record: WireRecord, field: WireField): void {
    const entryTable = field.message?.();
    const inside = index.children(record);
    if (entryTable === undefined || inside === undefined) return;
    const entry = read(index, entryTable, [inside], dropped);
    const last = entryValue(index, inside);
    if (last?.field !== undefined && isForeign(last.field, last)) {
      // A value that its closed enum does not have makes the whole entry unknown.
      const data = lengthAnd(unknownEntry(entry, entryTable));
      unknown.push({ number: record.number, wireType: 2, data, from: [record] });
      return;
    }
    for (const { from } of entry.unknown) for (const { start } of from) dropped.set(start, "entry-unknown");
    const { keys, values } = gather(field);
    const whole = withDefaults(entry, entryTable);
    const key = keyText(whole);
    const known = keys.get(key);
    if (known === undefined) {
      keys.set(key, values.length);
      values.push({ value: whole, from: [record] });
      return;
    }
    for (const earlier of values[known]?.from ?? []) dropped.set(earlier.start, "duplicate-key");
    values[known] = { value: whole, from: [record] };
  }

  function gather(field: WireField): Gathered {
    let known = gathered.get(field.number);
    if (known === undefined) gathered.set(field.number, (known = { field, values: [], keys: new Map() }));
    return known;
  }

  function clearSiblings({ oneof, number }: WireField): void {
    if (oneof === undefined) return;
    for (const [other, { field, values }] of gathered) {
      if (other === number || field.oneof !== oneof) continue;
      for (const { from } of values) for (const { start } of from) dropped.set(start, "cleared");
      gathered.delete(other);
    }
  }

  function messageOf(field: WireField, from: readonly WireRecord[]): MessageContent {
    const inside = from.flatMap((record) => index.children(record) ?? []);
    return read(index, field.message?.(), inside, dropped);
  }

  function isForeign(field: WireField, { valueStart, end }: WireRecord): boolean {
    if (field.enum === undefined || field.enum.open) return false;
    const number = scalarText(index.bytes, valueStart, end, field);
    return !field.enum.values.some((value) => String(value.number) === number);
  }
}

/** The shortest payload of the value that readers make of a record of a scalar field. */
function canonicalPayload(bytes: Uint8Array, { valueStart, end }: WireRecord, type: FieldType): Uint8Array {
  const isShort = end - valueStart === 1 && type !== "bool";
  if (wireTypeOf(type) !== wireTypes.varint || isShort) return bytes.subarray(valueStart, end);
  const value = scalarValue(bytes, valueStart, end, type);
  const payload = value === undefined ? nothing : encodeValue(type, value);
  return typeof payload === "string" ? nothing : payload;
}

function isZero(payload: Uint8Array, type: FieldType): boolean {
  return type === "string" || type === "bytes" ? payload.length === 0 : payload.every((byte) => byte === 0);
}

function unknownVarint({ number, ...record }: WireRecord, payload: Uint8Array): UnknownContent {
  return { number, wireType: 0, data: payload, from: [{ number, ...record }] };
}

/** An unknown record, its own varints as short as can be; what is inside a length-delimited one stays as it is. */
function unknownOf(index: WireIndex, record: WireRecord): UnknownContent {
  const { number, wireType } = record;
  const common = { number, from: [record] };
  switch (wireType) {
    case wireTypes.varint:
      return { ...common, wireType, data: varint(readVarint(index.bytes, record.valueStart, record.end)) };
    case wireTypes.len:
      return { ...common, wireType, data: lengthAnd(payloadOf(index, record)) };
    case wireTypes.startGroup: {
      const level = index.children(record);
      const parts: Uint8Array[] = [];
      for (let at = 0; level !== undefined && at < level.count; at++) {
        const inner = index.record(level, at);
        if (inner === undefined || inner.isMalformed) continue;
        const { number: own, wireType: type, data } = unknownOf(index, inner);
        parts.push(varint(BigInt(own * 8 + type)), data);
      }
      parts.push(varint(BigInt(number * 8 + wireTypes.endGroup)));
      return { ...common, wireType, data: concat(parts) };
    }
    default:
      return { ...common, wireType: wireType === wireTypes.i64 ? 1 : 5, data: payloadOf(index, record) };
  }
}

function payloadOf({ bytes }: WireIndex, { valueStart, end }: WireRecord): Uint8Array {
  return bytes.subarray(valueStart, end);
}

function lengthAnd(payload: Uint8Array): Uint8Array {
  return concat([varint(BigInt(payload.length)), payload]);
}

function varint(value: bigint): Uint8Array {
  const out: number[] = [];
  pushVarint(out, value);
  return Uint8Array.from(out);
}

/** A map entry with both its parts, as encoders write it. */
function withDefaults(entry: MessageContent, table: MessageTable): MessageContent {
  const fields = table.fields.map(
    (field): FieldContent => entry.fields.find((present) => present.field.number === field.number) ?? { field, values: [defaultOf(field)] },
  );
  return { table, fields, unknown: [] };
}

function defaultOf(field: WireField): ValueContent {
  if (field.message !== undefined) return { value: { table: field.message(), fields: [], unknown: [] }, from: [] };
  const { type } = field;
  // The default of an enum is its first value, which in an open one is 0.
  const first = field.enum?.values[0]?.number ?? 0;
  const zero = type === "string" || type === "bytes" ? nothing : encodeValue(type, type === "bool" ? false : type === "enum" ? first : 0);
  return { value: typeof zero === "string" ? nothing : zero, from: [] };
}

/** An entry whose value its closed enum does not have, as encoders keep it: key and value, written anew. */
function unknownEntry(entry: MessageContent, table: MessageTable): Uint8Array {
  const [key] = withDefaults(entry, table).fields;
  const value = entry.unknown.findLast(({ number }) => number === 2);
  const content = { table, fields: key === undefined ? [] : [key], unknown: value === undefined ? [] : [value] };
  return encodeMessage(content).bytes;
}

function keyText({ fields: [key] }: MessageContent): string {
  const value = key?.values[0]?.value;
  return value instanceof Uint8Array ? value.join() : "";
}
