import { type DescMessage, type Registry, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import {
  emptyMessage,
  type Field,
  type FieldValue,
  isMessageValue,
  type Item,
  itemTypeOf,
  type ItemType,
  type MapEntry,
  type MessageValue,
  type PresentField,
  type RecordSpan,
  type Scalar,
} from "./document.ts";
import { zeroOf } from "./zero-value.ts";

/** Messages nested deeper than this are kept as bytes, as in other protobuf implementations. */
const maxDepth = 100;
/** No more problems than this are listed; the rest is still kept as bytes. */
const maxProblems = 100;

/** Something in the bytes that is not as the schema says. Nothing is lost by it: the bytes stay as they are until the place is edited. */
export interface DecodeProblem {
  /** From the start of the document. */
  readonly offset: number;
  readonly message: string;
}

/** A document, and what was odd about its bytes. */
export interface DecodedDocument {
  readonly message: MessageValue;
  readonly problems: readonly DecodeProblem[];
}

interface Context {
  readonly registry: Registry | undefined;
  readonly problems: DecodeProblem[];
}

/**
 * Reads bytes into a tree. Never throws: from the first byte of a message that cannot be read its rest is kept as it is, in a record of number
 * -1, and a problem says where and why. The registry resolves extensions.
 */
export function decodeDocument(desc: DescMessage, registry: Registry | undefined, bytes: Uint8Array): DecodedDocument {
  const context: Context = { registry, problems: [] };
  const message = decodeMessage(desc, bytes, 0, 0, context);
  return { message, problems: context.problems };
}

function report(context: Context, offset: number, message: string): void {
  if (context.problems.length < maxProblems) context.problems.push({ offset, message });
}

function decodeMessage(desc: DescMessage, bytes: Uint8Array, base: number, depth: number, context: Context): MessageValue {
  if (depth > maxDepth) {
    report(context, base, `nested deeper than ${maxDepth} messages`);
    const records = bytes.length === 0 ? [] : [{ number: -1, start: 0, end: bytes.length, unknown: true }];
    return { ...emptyMessage(desc), source: { bytes, records } };
  }
  const reader = new BinaryReader(bytes);
  const { message } = readRecords(desc, reader, bytes, base, depth, undefined, context);
  return message;
}

/** Reads records up to the end, or to the end tag of group `groupNumber`; `end` is where that tag starts. */
function readRecords(
  desc: DescMessage,
  reader: BinaryReader,
  bytes: Uint8Array,
  base: number,
  depth: number,
  groupNumber: number | undefined,
  context: Context,
): { message: MessageValue; end: number } {
  const fields = new Map<number, Building>();
  const records: RecordSpan[] = [];
  const from = reader.pos;
  const byNumber = fieldsByNumber(desc);
  let end = bytes.length;
  let closed = groupNumber === undefined;
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    try {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.EndGroup) {
        if (number !== groupNumber) throw new Error(`end of group ${number} without its start`);
        end = start;
        closed = true;
        break;
      }
      const field = byNumber.get(number) ?? context.registry?.getExtensionFor(desc, number);
      const known = field !== undefined && readField(field, wireType, reader, bytes, base, depth, fields, context);
      if (!known) skipValue(reader, bytes, wireType, number, maxDepth - depth);
      if (reader.pos > bytes.length) throw new Error("ends before its value does");
      records.push({ number, start: start - from, end: reader.pos - from, unknown: !known });
    } catch (error) {
      if (groupNumber !== undefined) throw error;
      report(context, base + start, error instanceof Error ? error.message : String(error));
      records.push({ number: -1, start: start - from, end: bytes.length - from, unknown: true });
      break;
    }
  }
  if (!closed) throw new Error(`group ${groupNumber} is not closed`);
  const present = new Map<number, PresentField>();
  for (const [number, building] of fields) present.set(number, finish(building));
  const source = { bytes: bytes.subarray(from, end), records };
  return { message: { kind: "message", desc, fields: present, source, touched: new Set() }, end };
}

type Building =
  | { readonly field: Field; readonly kind: "single"; item: Item }
  | { readonly field: Field; readonly kind: "list"; readonly items: Item[] }
  | { readonly field: Field; readonly kind: "map"; readonly entries: Map<MapEntry["key"], Item> };

function finish(building: Building): PresentField {
  const value: FieldValue =
    building.kind === "single"
      ? { kind: "single", item: building.item }
      : building.kind === "list"
        ? { kind: "list", items: building.items }
        : { kind: "map", entries: [...building.entries].map(([key, item]) => ({ key, value: item })) };
  return { field: building.field, value };
}

/** Reads one record of a known field; false, with the reader where it was, when its wire type or value does not belong to the field. */
function readField(
  field: Field,
  wireType: WireType,
  reader: BinaryReader,
  bytes: Uint8Array,
  base: number,
  depth: number,
  fields: Map<number, Building>,
  context: Context,
): boolean {
  const type = itemTypeOf(field);
  const expected = field.fieldKind === "map" ? WireType.LengthDelimited : wireTypeOf(type);
  const from = reader.pos;
  const isPacked = wireType === WireType.LengthDelimited && expected !== WireType.LengthDelimited && field.fieldKind === "list";
  if (isPacked || (field.fieldKind === "map" && wireType === expected)) {
    try {
      return isPacked && type.kind !== "message"
        ? readPacked(field, type, reader, bytes, base, fields, context)
        : readEntry(field, reader, bytes, base, depth, fields, context);
    } catch (error) {
      // Its length is known, so only this record is not understood.
      reader.pos = from;
      report(context, base + from, `${field.name}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }
  if (wireType !== expected) return false;
  const before = fields.get(field.number);
  const at = reader.pos;
  let item: Item;
  if (type.kind === "message") {
    if (type.delimited) {
      const group = readRecords(type.message, reader, bytes, base, depth + 1, field.number, context);
      item = group.message;
    } else {
      const [start, end] = lengthDelimited(reader, bytes);
      item = decodeMessage(type.message, bytes.subarray(start, end), base + start, depth + 1, context);
    }
    if (before?.kind === "single" && isMessageValue(before.item)) item = merged(before.item, item);
  } else {
    const scalar = readScalar(type, reader, bytes, base, context);
    if (type.kind === "enum" && !type.enum.open && type.enum.value[Number(scalar)] === undefined) {
      reader.pos = at;
      return false;
    }
    item = scalar;
  }
  if (field.fieldKind === "list") {
    if (before?.kind === "list") before.items.push(item);
    else fields.set(field.number, { field, kind: "list", items: [item] });
    return true;
  }
  for (const sibling of field.oneof?.fields ?? []) if (sibling.number !== field.number) fields.delete(sibling.number);
  fields.set(field.number, { field, kind: "single", item });
  return true;
}

function readPacked(
  field: Field,
  type: Exclude<ItemType, { kind: "message" }>,
  reader: BinaryReader,
  bytes: Uint8Array,
  base: number,
  fields: Map<number, Building>,
  context: Context,
): boolean {
  const at = reader.pos;
  const [start, end] = lengthDelimited(reader, bytes);
  const items: Scalar[] = [];
  const inner = new BinaryReader(bytes.subarray(0, end));
  inner.pos = start;
  while (inner.pos < end) {
    const item = readScalar(type, inner, bytes, base, context);
    if (type.kind === "enum" && !type.enum.open && type.enum.value[Number(item)] === undefined) {
      reader.pos = at;
      return false;
    }
    items.push(item);
  }
  const before = fields.get(field.number);
  if (before?.kind === "list") for (const item of items) before.items.push(item);
  else if (items.length > 0) fields.set(field.number, { field, kind: "list", items });
  return true;
}

function readEntry(
  field: Field,
  reader: BinaryReader,
  bytes: Uint8Array,
  base: number,
  depth: number,
  fields: Map<number, Building>,
  context: Context,
): boolean {
  if (field.fieldKind !== "map") return false;
  const at = reader.pos;
  const [start, end] = lengthDelimited(reader, bytes);
  const entry = bytes.subarray(0, end);
  const inner = new BinaryReader(entry);
  inner.pos = start;
  const keyType: ItemType = { kind: "scalar", scalar: field.mapKey };
  const type = itemTypeOf(field);
  let key: Scalar = zeroOf(keyType);
  let value: Item | undefined;
  while (inner.pos < end) {
    const [number, wireType] = inner.tag();
    if (number === 1 && wireType === wireTypeOf(keyType)) {
      key = readScalar(keyType, inner, entry, base, context);
    } else if (number === 2 && wireType === wireTypeOf(type)) {
      if (type.kind === "message") {
        const [from, to] = lengthDelimited(inner, entry);
        const next = decodeMessage(type.message, entry.subarray(from, to), base + from, depth + 1, context);
        value = isMessageValue(value) ? merged(value, next) : next;
      } else value = readScalar(type, inner, entry, base, context);
    } else skipValue(inner, entry, wireType, number, maxDepth - depth);
  }
  if (type.kind === "enum" && !type.enum.open && value !== undefined && type.enum.value[Number(value)] === undefined) {
    reader.pos = at;
    return false;
  }
  value ??= type.kind === "message" ? emptyMessage(type.message) : zeroOf(type);
  let building = fields.get(field.number);
  if (building?.kind !== "map") {
    building = { field, kind: "map", entries: new Map() };
    fields.set(field.number, building);
  }
  if (!(key instanceof Uint8Array)) building.entries.set(key, value);
  return true;
}

/** Moves over a value of any wire type. The reader's own `skip` takes a length of 2^32 + n for n. */
function skipValue(reader: BinaryReader, bytes: Uint8Array, wireType: WireType, fieldNumber: number, depthLeft: number): void {
  switch (wireType) {
    case WireType.LengthDelimited:
      lengthDelimited(reader, bytes);
      return;
    case WireType.StartGroup:
      if (depthLeft <= 0) throw new Error(`nested deeper than ${maxDepth} messages`);
      for (;;) {
        const [number, inner] = reader.tag();
        if (inner === WireType.EndGroup) {
          if (number !== fieldNumber) throw new Error(`end of group ${number} inside group ${fieldNumber}`);
          return;
        }
        skipValue(reader, bytes, inner, number, depthLeft - 1);
      }
    default:
      reader.skip(wireType, fieldNumber);
  }
}

/** Moves over a length and what it covers; the range of the latter. */
function lengthDelimited(reader: BinaryReader, bytes: Uint8Array): [start: number, end: number] {
  // Not `uint32`, which drops the bits above the 32nd: 2^32 + 2 is no length of 2.
  const first = bytes[reader.pos] ?? 0;
  const length = first < 0x80 ? reader.uint32() : Number(reader.uint64());
  const start = reader.pos;
  const end = start + length;
  if (end > bytes.length) throw new Error(`length ${length} is more than the ${bytes.length - start} bytes left`);
  reader.pos = end;
  return [start, end];
}

/** A later occurrence of a message field adds to an earlier one. */
function merged(before: MessageValue, later: Item): Item {
  if (!isMessageValue(later)) return later;
  const fields = new Map(before.fields);
  for (const [number, next] of later.fields) {
    const old = fields.get(number);
    if (old?.value.kind === "list" && next.value.kind === "list") {
      fields.set(number, { field: next.field, value: { kind: "list", items: [...old.value.items, ...next.value.items] } });
    } else if (old?.value.kind === "map" && next.value.kind === "map") {
      const entries = new Map([...old.value.entries, ...next.value.entries].map((entry) => [entry.key, entry]));
      fields.set(number, { field: next.field, value: { kind: "map", entries: [...entries.values()] } });
    } else if (old?.value.kind === "single" && next.value.kind === "single" && isMessageValue(old.value.item)) {
      fields.set(number, { field: next.field, value: { kind: "single", item: merged(old.value.item, next.value.item) } });
    } else {
      for (const sibling of next.field.oneof?.fields ?? []) fields.delete(sibling.number);
      fields.set(number, next);
    }
  }
  return { ...before, fields, source: joined(before.source, later.source) };
}

function joined(a: MessageValue["source"], b: MessageValue["source"]): MessageValue["source"] {
  if (a === undefined || b === undefined) return a ?? b;
  const bytes = new Uint8Array(a.bytes.length + b.bytes.length);
  bytes.set(a.bytes);
  bytes.set(b.bytes, a.bytes.length);
  const moved = b.records.map((record) => ({ ...record, start: record.start + a.bytes.length, end: record.end + a.bytes.length }));
  return { bytes, records: [...a.records, ...moved] };
}

/** The wire type of an item that is not packed. */
export function wireTypeOf(type: ItemType): WireType {
  switch (type.kind) {
    case "message":
      return type.delimited ? WireType.StartGroup : WireType.LengthDelimited;
    case "enum":
      return WireType.Varint;
    case "scalar":
      switch (type.scalar) {
        case ScalarType.DOUBLE:
        case ScalarType.FIXED64:
        case ScalarType.SFIXED64:
          return WireType.Bit64;
        case ScalarType.FLOAT:
        case ScalarType.FIXED32:
        case ScalarType.SFIXED32:
          return WireType.Bit32;
        case ScalarType.STRING:
        case ScalarType.BYTES:
          return WireType.LengthDelimited;
        default:
          return WireType.Varint;
      }
  }
}

const lenientUtf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readScalar(
  type: Exclude<ItemType, { kind: "message" }>,
  reader: BinaryReader,
  bytes: Uint8Array,
  base: number,
  context: Context,
): Scalar {
  if (type.kind === "enum") return reader.int32();
  switch (type.scalar) {
    case ScalarType.DOUBLE:
      return reader.double();
    case ScalarType.FLOAT:
      return reader.float();
    case ScalarType.INT32:
      return reader.int32();
    case ScalarType.UINT32:
      return reader.uint32();
    case ScalarType.SINT32:
      return reader.sint32();
    case ScalarType.FIXED32:
      return reader.fixed32();
    case ScalarType.SFIXED32:
      return reader.sfixed32();
    case ScalarType.INT64:
      return BigInt(reader.int64());
    case ScalarType.UINT64:
      return BigInt(reader.uint64());
    case ScalarType.SINT64:
      return BigInt(reader.sint64());
    case ScalarType.FIXED64:
      return BigInt(reader.fixed64());
    case ScalarType.SFIXED64:
      return BigInt(reader.sfixed64());
    case ScalarType.BOOL:
      return reader.bool();
    case ScalarType.BYTES: {
      const [start, end] = lengthDelimited(reader, bytes);
      return bytes.slice(start, end);
    }
    case ScalarType.STRING: {
      const [start, end] = lengthDelimited(reader, bytes);
      const text = bytes.subarray(start, end);
      try {
        return strictUtf8.decode(text);
      } catch {
        report(context, base + start, "text that is not valid UTF-8");
        return lenientUtf8.decode(text);
      }
    }
  }
}

const numbers = new WeakMap<DescMessage, ReadonlyMap<number, Field>>();

function fieldsByNumber(desc: DescMessage): ReadonlyMap<number, Field> {
  let map = numbers.get(desc);
  if (map === undefined) {
    map = new Map(desc.fields.map((field) => [field.number, field]));
    numbers.set(desc, map);
  }
  return map;
}
