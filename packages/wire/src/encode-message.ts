import type { MessageContent, UnknownContent, ValueContent } from "./message-content.ts";
import { wireTypeOf, type WireField } from "./message-table.ts";
import { joinPath, stepText } from "./path-text.ts";
import { keyOf, unknownPaths } from "./unknown-paths.ts";
import { pushVarint, varintLength } from "./varint.ts";
import type { WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** One record, or one element of a packed run, where the encoder has put it. */
export interface EncodedRecord {
  /** As {@link WireIndex.pathOf} writes it. */
  readonly path: string;
  readonly number: number;
  readonly wireType: 0 | 1 | 2 | 3 | 5;
  readonly start: number;
  /** Equal to `start` for an element of a packed run. */
  readonly valueStart: number;
  readonly end: number;
  /** What it holds: the records of a message, map entry or group, the elements of a packed run; empty for plain and unknown values. */
  readonly inside: readonly EncodedRecord[];
  /** The records it was read from. */
  readonly from: readonly WireRecord[];
  readonly isUnknown: boolean;
}

/** Bytes, and where each value is in them. */
export interface EncodedMessage {
  readonly bytes: Uint8Array;
  readonly records: readonly EncodedRecord[];
}

/**
 * Writes a message as a canonical encoder does: fields in ascending order, the shortest varints, lists packed as declared, both parts of every
 * map entry, unknown fields behind the known ones. Equal to `toBinary` of protobuf-es, byte for byte. Entries of a map stay in their order:
 * protobuf has none for them.
 */
export function encodeMessage(content: MessageContent): EncodedMessage {
  const sizes = new Map<MessageContent, number>();
  const bytes = new Uint8Array(sizeOf(content, sizes));
  let pos = 0;
  const records = writeMessage(content, "");
  return { bytes, records };

  function writeMessage(message: MessageContent, prefix: string): EncodedRecord[] {
    const written: EncodedRecord[] = [];
    const isEntry = message.table?.isMapEntry === true;
    for (const { field, values } of message.fields) {
      if (isRun(field)) {
        written.push(writeRun(field, values, prefix));
        continue;
      }
      for (const [at, value] of values.entries())
        written.push(writeValue(field, value, joinPath(prefix, stepOf(field, value, at, isEntry))));
    }
    const paths = message.unknown.length === 0 ? [] : unknownPaths(message);
    for (const [at, one] of message.unknown.entries()) written.push(writeUnknown(one, joinPath(prefix, paths[at] ?? "")));
    return written;
  }

  function writeRun(field: WireField, values: readonly ValueContent[], prefix: string): EncodedRecord {
    const start = pos;
    writeTag(field.number, wireTypes.len);
    writeVarint(runLength(values));
    const valueStart = pos;
    const inside = values.map(({ value, from }, at): EncodedRecord => {
      const elementStart = pos;
      if (value instanceof Uint8Array) put(value);
      const path = joinPath(prefix, stepText({ field: field.name, element: String(at), occurrence: 1 }));
      return {
        ...common(field, from),
        wireType: wireTypeOf(field.type),
        path,
        start: elementStart,
        valueStart: elementStart,
        end: pos,
        inside: [],
      };
    });
    const runs = new Map<number, WireRecord>();
    for (const { from } of values) for (const record of from) runs.set(runOf(record).start, runOf(record));
    const path = joinPath(prefix, field.name);
    return { ...common(field, [...runs.values()]), wireType: 2, path, start, valueStart, end: pos, inside };
  }

  function writeValue(field: WireField, { value, from }: ValueContent, path: string): EncodedRecord {
    const start = pos;
    const wireType = wireTypeOf(field.type);
    writeTag(field.number, wireType);
    if (wireType === wireTypes.len) writeVarint(value instanceof Uint8Array ? value.length : sizeOf(value, sizes));
    const valueStart = pos;
    // Below the value of a map entry, a path goes on from the entry.
    const inside =
      value instanceof Uint8Array ? [] : writeMessage(value, path.endsWith("]#2") && field.desc === undefined ? path.slice(0, -2) : path);
    if (value instanceof Uint8Array) put(value);
    if (wireType === wireTypes.startGroup) writeTag(field.number, wireTypes.endGroup);
    return { ...common(field, from), wireType, path, start, valueStart, end: pos, inside };
  }

  function writeUnknown({ number, wireType, data, from }: UnknownContent, path: string): EncodedRecord {
    const start = pos;
    writeTag(number, wireType);
    put(data);
    const headEnd = wireType === wireTypes.len ? pos - lengthIn(data) : pos - data.length;
    return { number, wireType, path, start, valueStart: headEnd, end: pos, inside: [], from, isUnknown: true };
  }

  function put(part: Uint8Array): void {
    bytes.set(part, pos);
    pos += part.length;
  }

  function writeTag(number: number, wireType: number): void {
    writeVarint(number * 8 + wireType);
  }

  function writeVarint(value: number): void {
    const out: number[] = [];
    pushVarint(out, value);
    for (const byte of out) bytes[pos++] = byte;
  }
}

function common(field: WireField, from: readonly WireRecord[]): Pick<EncodedRecord, "number" | "from" | "isUnknown"> {
  return { number: field.number, from, isUnknown: false };
}

function stepOf(field: WireField, { value }: ValueContent, at: number, isEntry: boolean): string {
  if (isEntry) return stepText({ field: field.number, element: undefined, occurrence: 1 });
  const element = field.shape === "singular" ? undefined : field.shape === "list" ? String(at) : keyOf(value);
  return stepText({ field: field.name, element, occurrence: 1 });
}

/** The record of an element's packed run, or the record itself. */
function runOf(record: WireRecord): WireRecord {
  return record.level.kind === "packed" ? (record.level.parent ?? record) : record;
}

function isRun(field: WireField): boolean {
  return field.isPackable && field.isPacked;
}

function runLength(values: readonly ValueContent[]): number {
  return values.reduce((sum, { value }) => sum + (value instanceof Uint8Array ? value.length : 0), 0);
}

function sizeOf(content: MessageContent, sizes: Map<MessageContent, number>): number {
  const known = sizes.get(content);
  if (known !== undefined) return known;
  let size = 0;
  for (const { field, values } of content.fields) {
    const tag = varintLength(field.number * 8);
    if (isRun(field)) {
      const length = runLength(values);
      size += tag + varintLength(length) + length;
      continue;
    }
    for (const { value } of values) {
      const length = value instanceof Uint8Array ? value.length : sizeOf(value, sizes);
      const wireType = wireTypeOf(field.type);
      size += tag + length + (wireType === wireTypes.len ? varintLength(length) : wireType === wireTypes.startGroup ? tag : 0);
    }
  }
  for (const { number, data } of content.unknown) size += varintLength(number * 8) + data.length;
  sizes.set(content, size);
  return size;
}

/** Bytes behind the length at the beginning of `data`. */
function lengthIn(data: Uint8Array): number {
  let at = 0;
  while ((data[at] ?? 0) >= 0x80) at++;
  return data.length - at - 1;
}
