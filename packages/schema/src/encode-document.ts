import { ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type Field,
  type FieldValue,
  isMessageValue,
  type Item,
  itemTypeOf,
  type ItemType,
  type MessageValue,
  type Scalar,
} from "./document.ts";
import { wireTypeOf } from "./decode-document.ts";

const encoded = new WeakMap<MessageValue, Uint8Array>();

/**
 * The bytes of a tree, without tag and length. What was not touched since it was read is copied from its source; a changed field takes the
 * place of its first record, a new one stands before the first record of a higher number. Required fields may be absent. Cached per message:
 * asking for the size of an item is cheap. Do not write into the result.
 */
export function encodeDocument(message: MessageValue): Uint8Array {
  if (message.source !== undefined && message.touched.size === 0) return message.source.bytes;
  let bytes = encoded.get(message);
  if (bytes === undefined) {
    bytes = write(message);
    encoded.set(message, bytes);
  }
  return bytes;
}

/** Bytes of one field of a message as they will be sent, tags and lengths included. */
export function sizeOfField(field: Field, value: FieldValue): number {
  const writer = new BinaryWriter();
  writeField(writer, field, value);
  return writer.finish().length;
}

/** Bytes of one item of a list or map of messages, without tag; for others 0. */
export function sizeOfItem(item: Item): number {
  return isMessageValue(item) ? encodeDocument(item).length : 0;
}

function write(message: MessageValue): Uint8Array {
  const writer = new BinaryWriter();
  const { source, touched, fields } = message;
  if (source === undefined) {
    for (const number of [...fields.keys()].toSorted((a, b) => a - b)) writePresent(writer, message, number);
    return writer.finish();
  }
  const missing = new Set([...touched].filter((number) => fields.has(number)));
  for (const record of source.records) if (!record.unknown && missing.size > 0) missing.delete(record.number);
  const fresh = [...missing].toSorted((a, b) => a - b);
  const done = new Set<number>();
  // Neighbours that stay are copied in one go: a message may have a hundred thousand records.
  let from = 0;
  let to = 0;
  const copy = () => {
    if (to > from) writer.raw(source.bytes.subarray(from, to));
  };
  for (const record of source.records) {
    const stays = record.unknown || !touched.has(record.number);
    const isFreshBefore = fresh[0] !== undefined && (record.number === -1 || fresh[0] < record.number);
    if (!stays || isFreshBefore || record.start !== to) {
      copy();
      from = record.start;
      to = record.start;
    }
    while (fresh[0] !== undefined && (record.number === -1 || fresh[0] < record.number)) writePresent(writer, message, fresh.shift() ?? 0);
    if (stays) to = record.end;
    else {
      from = record.end;
      to = record.end;
      if (!done.has(record.number)) {
        done.add(record.number);
        if (!writeAligned(writer, message, record.number)) writePresent(writer, message, record.number);
      }
    }
  }
  copy();
  for (const number of fresh) writePresent(writer, message, number);
  return writer.finish();
}

/**
 * Writes a list of messages that has as many items as it had records: items that are still those of the source are copied with tag and length,
 * neighbours in one go. False, with nothing written, where that is not the case.
 */
function writeAligned(writer: BinaryWriter, message: MessageValue, number: number): boolean {
  const present = message.fields.get(number);
  if (message.source === undefined || present?.value.kind !== "list" || present.field.message === undefined) return false;
  const { items } = present.value;
  const { bytes } = message.source;
  const records = message.source.records.filter((record) => record.number === number && !record.unknown);
  const type = itemTypeOf(present.field);
  if (records.length !== items.length || type.kind !== "message" || type.delimited) return false;
  let [from, to] = [0, 0];
  for (const [at, item] of items.entries()) {
    const record = records[at];
    if (record === undefined) continue;
    if (isFromRecord(item, bytes, record.end)) {
      if (record.start !== to) {
        if (to > from) writer.raw(bytes.subarray(from, to));
        from = record.start;
      }
      to = record.end;
      continue;
    }
    if (to > from) writer.raw(bytes.subarray(from, to));
    [from, to] = [0, 0];
    writeItem(writer, number, type, item);
  }
  if (to > from) writer.raw(bytes.subarray(from, to));
  return true;
}

/** True for an untouched message whose bytes end where a record of the source ends: it is what that record holds. */
function isFromRecord(item: Item, bytes: Uint8Array, end: number): boolean {
  if (!isMessageValue(item) || item.source === undefined || item.touched.size > 0) return false;
  const own = item.source.bytes;
  return own.buffer === bytes.buffer && own.byteOffset + own.length === bytes.byteOffset + end;
}

function writePresent(writer: BinaryWriter, message: MessageValue, number: number): void {
  const present = message.fields.get(number);
  if (present !== undefined) writeField(writer, present.field, present.value);
}

function writeField(writer: BinaryWriter, field: Field, value: FieldValue): void {
  const type = itemTypeOf(field);
  switch (value.kind) {
    case "single":
      writeItem(writer, field.number, type, value.item);
      return;
    case "list":
      if (field.fieldKind === "list" && "packed" in field && field.packed && type.kind !== "message") {
        writer.tag(field.number, WireType.LengthDelimited).fork();
        for (const item of value.items) if (!isMessageValue(item)) writeScalar(writer, type, item);
        writer.join();
        return;
      }
      for (const item of value.items) writeItem(writer, field.number, type, item);
      return;
    case "map":
      if (field.fieldKind !== "map") return;
      for (const entry of value.entries) {
        writer.tag(field.number, WireType.LengthDelimited).fork();
        writeItem(writer, 1, { kind: "scalar", scalar: field.mapKey }, entry.key);
        writeItem(writer, 2, type, entry.value);
        writer.join();
      }
  }
}

function writeItem(writer: BinaryWriter, number: number, type: ItemType, item: Item): void {
  if (type.kind !== "message") {
    writer.tag(number, wireTypeOf(type));
    if (!isMessageValue(item)) writeScalar(writer, type, item);
    return;
  }
  if (!isMessageValue(item)) return;
  const bytes = encodeDocument(item);
  if (type.delimited) writer.tag(number, WireType.StartGroup).raw(bytes).tag(number, WireType.EndGroup);
  else writer.tag(number, WireType.LengthDelimited).bytes(bytes);
}

function writeScalar(writer: BinaryWriter, type: Exclude<ItemType, { kind: "message" }>, value: Scalar): void {
  if (type.kind === "enum") {
    writer.int32(Number(value));
    return;
  }
  switch (type.scalar) {
    case ScalarType.DOUBLE:
      writer.double(Number(value));
      return;
    case ScalarType.FLOAT:
      writer.float(Number(value));
      return;
    case ScalarType.INT32:
      writer.int32(Number(value));
      return;
    case ScalarType.UINT32:
      writer.uint32(Number(value));
      return;
    case ScalarType.SINT32:
      writer.sint32(Number(value));
      return;
    case ScalarType.FIXED32:
      writer.fixed32(Number(value));
      return;
    case ScalarType.SFIXED32:
      writer.sfixed32(Number(value));
      return;
    case ScalarType.INT64:
      writer.int64(integer(value));
      return;
    case ScalarType.UINT64:
      writer.uint64(integer(value));
      return;
    case ScalarType.SINT64:
      writer.sint64(integer(value));
      return;
    case ScalarType.FIXED64:
      writer.fixed64(integer(value));
      return;
    case ScalarType.SFIXED64:
      writer.sfixed64(integer(value));
      return;
    case ScalarType.BOOL:
      writer.bool(value === true);
      return;
    case ScalarType.BYTES:
      writer.bytes(value instanceof Uint8Array ? value : new Uint8Array());
      return;
    case ScalarType.STRING:
      // TextEncoder inside writes U+FFFD for half a surrogate pair: parsers of typed text refuse those first.
      writer.bytes(utf8.encode(String(value)));
  }
}

const utf8 = new TextEncoder();

function integer(value: Scalar): bigint {
  return typeof value === "bigint" ? value : BigInt(typeof value === "number" ? Math.trunc(value) : 0);
}
