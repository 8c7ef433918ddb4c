import type { DescMessage, Registry } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { report, type DecodeContext, type DecodeProblem } from "./decode-problem.ts";
import { group, lengthDelimited, maxDepth, readScalar, skipValue, wireTypeOf } from "./decode-value.ts";
import {
  emptyMessage,
  type Field,
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

/** A document, and what was odd about its bytes. */
export interface DecodedDocument {
  readonly message: MessageValue;
  readonly problems: readonly DecodeProblem[];
}

/** Bytes of a message, and where in the document they begin. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly base: number;
}

/**
 * Reads bytes into a tree. Never throws: from the first byte of a message that cannot be read its rest is kept as it is, in a record of number
 * -1, and a problem says where and why. The registry resolves extensions.
 */
export function decodeDocument(desc: DescMessage, registry: Registry | undefined, bytes: Uint8Array): DecodedDocument {
  const context: DecodeContext = { registry, problems: [] };
  const message = decodePieces(desc, [{ bytes, base: 0 }], 0, context);
  return { message, problems: context.problems.toSorted((a, b) => a.offset - b.offset) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reads a message that came in one piece, or in several that readers merge: as if they stood one after the other. */
function decodePieces(desc: DescMessage, pieces: readonly Piece[], depth: number, context: DecodeContext): MessageValue {
  const [first] = pieces;
  const bytes = pieces.length === 1 && first !== undefined ? first.bytes : joined(pieces);
  const fields = new Map<number, Building>();
  const records: RecordSpan[] = [];
  let start = 0;
  for (const piece of pieces) {
    if (depth > maxDepth) {
      report(context, { offset: piece.base, message: `nested deeper than ${maxDepth} messages`, isBreak: true });
      if (piece.bytes.length > 0) records.push({ number: -1, start, end: start + piece.bytes.length, unknown: true });
    } else readRecords({ desc, piece, depth, fields, records, start }, context);
    start += piece.bytes.length;
  }
  const present = new Map<number, PresentField>();
  for (const [number, building] of fields) present.set(number, finish(building, depth, context));
  return { ...emptyMessage(desc), fields: present, source: { bytes, records, fields: present } };
}

function joined(pieces: readonly Piece[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece.bytes, at);
    at += piece.bytes.length;
  }
  return bytes;
}

/** One piece of a message, and what is known of the message so far. */
interface Reading {
  readonly desc: DescMessage;
  readonly piece: Piece;
  readonly depth: number;
  readonly fields: Map<number, Building>;
  readonly records: RecordSpan[];
  /** Where the piece begins in the source of its message. */
  readonly start: number;
}

function readRecords(reading: Reading, context: DecodeContext): void {
  const { desc, piece, depth, fields, records, start: shift } = reading;
  const { bytes, base } = piece;
  const reader = new BinaryReader(bytes);
  const byNumber = fieldsByNumber(desc);
  while (reader.pos < bytes.length) {
    const start = reader.pos;
    try {
      const [number, wireType] = reader.tag();
      if (wireType === WireType.EndGroup) throw new Error(`end of group ${number} without its start`);
      const field = byNumber.get(number) ?? context.registry?.getExtensionFor(desc, number);
      const known = field !== undefined && readField(field, wireType, reader, bytes, base, depth, fields, context);
      if (known === false) skipValue(reader, bytes, wireType, number, maxDepth - depth);
      if (reader.pos > bytes.length) throw new Error("ends before its value does");
      const span = { number, start: shift + start, end: shift + reader.pos, unknown: known === false };
      records.push(typeof known === "object" ? { ...span, key: known.key } : span);
    } catch (error) {
      report(context, { offset: base + start, message: messageOf(error), isBreak: true });
      records.push({ number: -1, start: shift + start, end: shift + bytes.length, unknown: true });
      return;
    }
  }
}

type Building =
  | { readonly field: Field; readonly kind: "message"; readonly desc: DescMessage; readonly pieces: Piece[] }
  | { readonly field: Field; readonly kind: "single"; item: Item }
  | { readonly field: Field; readonly kind: "list"; readonly items: Item[] }
  | { readonly field: Field; readonly kind: "map"; readonly entries: Map<MapEntry["key"], Item> };

function finish(building: Building, depth: number, context: DecodeContext): PresentField {
  const { field } = building;
  switch (building.kind) {
    case "message":
      return { field, value: { kind: "single", item: decodePieces(building.desc, building.pieces, depth + 1, context) } };
    case "single":
      return { field, value: { kind: "single", item: building.item } };
    case "list":
      return { field, value: { kind: "list", items: building.items } };
    case "map":
      return { field, value: { kind: "map", entries: [...building.entries].map(([key, item]) => ({ key, value: item })) } };
  }
}

/**
 * Reads one record of a known field; for an entry of a map gives its key. False, with the reader where it was, when its wire type or value does
 * not belong to the field.
 */
function readField(
  field: Field,
  wireType: WireType,
  reader: BinaryReader,
  bytes: Uint8Array,
  base: number,
  depth: number,
  fields: Map<number, Building>,
  context: DecodeContext,
): boolean | Pick<MapEntry, "key"> {
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
      report(context, { offset: base + from, message: `${field.name}: ${messageOf(error)}`, isBreak: true });
      return false;
    }
  }
  if (wireType !== expected) return false;
  const before = fields.get(field.number);
  const at = reader.pos;
  let item: Item;
  if (type.kind === "message") {
    const [start, end] = type.delimited ? group(reader, field.number, maxDepth - depth) : lengthDelimited(reader, bytes);
    const piece = { bytes: bytes.subarray(start, end), base: base + start };
    if (field.fieldKind !== "list") {
      if (before?.kind === "message") before.pieces.push(piece);
      else setSingle(fields, { field, kind: "message", desc: type.message, pieces: [piece] });
      return true;
    }
    item = decodePieces(type.message, [piece], depth + 1, context);
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
  setSingle(fields, { field, kind: "single", item });
  return true;
}

/** Sets a field; the other members of its oneof go, and with them what came before of a message. */
function setSingle(fields: Map<number, Building>, building: Building): void {
  for (const sibling of building.field.oneof?.fields ?? []) fields.delete(sibling.number);
  fields.set(building.field.number, building);
}

function readPacked(
  field: Field,
  type: Exclude<ItemType, { kind: "message" }>,
  reader: BinaryReader,
  bytes: Uint8Array,
  base: number,
  fields: Map<number, Building>,
  context: DecodeContext,
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
  context: DecodeContext,
): false | Pick<MapEntry, "key"> {
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
  const pieces: Piece[] = [];
  while (inner.pos < end) {
    const [number, wireType] = inner.tag();
    if (number === 1 && wireType === wireTypeOf(keyType)) {
      key = readScalar(keyType, inner, entry, base, context);
    } else if (number === 2 && wireType === wireTypeOf(type)) {
      if (type.kind === "message") {
        const [from, to] = lengthDelimited(inner, entry);
        pieces.push({ bytes: entry.subarray(from, to), base: base + from });
      } else value = readScalar(type, inner, entry, base, context);
    } else skipValue(inner, entry, wireType, number, maxDepth - depth);
  }
  if (type.kind === "enum" && !type.enum.open && value !== undefined && type.enum.value[Number(value)] === undefined) {
    reader.pos = at;
    return false;
  }
  if (type.kind === "message")
    value = pieces.length === 0 ? emptyMessage(type.message) : decodePieces(type.message, pieces, depth + 1, context);
  else value ??= zeroOf(type);
  if (key instanceof Uint8Array) return false;
  let building = fields.get(field.number);
  if (building?.kind !== "map") {
    building = { field, kind: "map", entries: new Map() };
    fields.set(field.number, building);
  }
  building.entries.set(key, value);
  return { key };
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
