import { ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type Field,
  type FieldValue,
  isMessageValue,
  type Item,
  itemTypeOf,
  type ItemType,
  type MessageSource,
  type MessageValue,
  type Scalar,
} from "./document.ts";
import { wireTypeOf } from "./decode-value.ts";
import type { FreshWriter } from "./field-change.ts";
import { patched } from "./patch.ts";
import { sourcePatches } from "./source-patches.ts";

const encoded = new WeakMap<MessageValue, Uint8Array>();

/**
 * The bytes of a tree, without tag and length. What was not touched since it was read is copied from its source, and of what was touched only the
 * records that differ are written anew: see `sourcePatches`. Required fields may be absent. Cached per message: asking for the size of an item is
 * cheap. Do not write into the result.
 */
export function encodeDocument(message: MessageValue): Uint8Array {
  const { source } = message;
  if (source !== undefined && message.touched.size === 0 && message.dropped.size === 0) return source.bytes;
  let bytes = encoded.get(message);
  if (bytes === undefined) {
    bytes = source === undefined ? writeFresh(message) : patchSource(message, source);
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

function writeFresh(message: MessageValue): Uint8Array {
  const writer = new BinaryWriter();
  const present = [...message.fields.values()].toSorted((a, b) => a.field.number - b.field.number);
  for (const { field, value } of present) writeField(writer, field, value);
  return writer.finish();
}

function patchSource(message: MessageValue, source: MessageSource): Uint8Array {
  const patches = sourcePatches(message, source, freshWriter);
  return patches.length === 0 ? source.bytes : patched(source.bytes, patches);
}

const freshWriter: FreshWriter = {
  field: ({ field, value }) => written((writer) => writeField(writer, field, value)),
  value: (item, field) => valueOf(item, itemTypeOf(field)),
  record: (item, field) => written((writer) => writeItem(writer, field.number, itemTypeOf(field), item)),
  key: (key, field) => valueOf(key, keyType(field)),
  entryKey: (key, field) => written((writer) => writeItem(writer, 1, keyType(field), key)),
  entryValue: (item, field) => written((writer) => writeItem(writer, 2, itemTypeOf(field), item)),
};

function written(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

/** A value without tag and length. */
function valueOf(item: Item, type: ItemType): Uint8Array {
  if (isMessageValue(item)) return encodeDocument(item);
  if (item instanceof Uint8Array) return item;
  if (typeof item === "string") return utf8.encode(item);
  return type.kind === "message" ? new Uint8Array() : written((writer) => writeScalar(writer, type, item));
}

function keyType(field: Field): ItemType {
  return { kind: "scalar", scalar: field.fieldKind === "map" ? field.mapKey : ScalarType.STRING };
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
