import { parse } from "./parse.ts";
import type { MessageContent, UnknownContent } from "./message-content.ts";
import type { FieldType, WireField } from "./message-table.ts";
import { joinPath, stepText } from "./path-text.ts";
import { scalarValue } from "./scalar-text.ts";
import { parsesStrictly, readLength } from "./scan-level.ts";
import { keyOf } from "./unknown-paths.ts";
import { readVarint, varintEnd } from "./varint.ts";
import type { WireIndex, WireLevel } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** One value of a message. */
export interface ValueLine {
  /** Path of a field; unknown ones go by number, `#7`, and `#7~2` for the second. */
  readonly path: string;
  /** As in the text format, numbers as JavaScript writes them. "{}" for a message with nothing in it. */
  readonly text: string;
}

/** Unknown length-delimited values are opened so many levels deep, as protoc does. */
const unknownDepth = 10;

/** The values of a message, one a line, so that the readings of several readers can be compared. */
export function valueLines(content: MessageContent): ValueLine[] {
  const lines: ValueLine[] = [];
  addMessage(lines, content, "");
  return lines;
}

/** A scalar payload in the notation of {@link ValueLine}. */
export function payloadText(bytes: Uint8Array, field: Pick<WireField, "type" | "enum">): string {
  if (field.type === "string" || field.type === "bytes") return quotedBytes(bytes);
  const value = scalarValue(bytes, 0, bytes.length, field.type);
  if (field.type === "enum") return field.enum?.values.find(({ number }) => number === value)?.name ?? String(value);
  return numberText(value, field.type);
}

/** A number or bool in the notation of {@link ValueLine}. */
export function numberText(value: number | bigint | boolean | undefined, type: FieldType): string {
  if (type === "float" && typeof value === "number") return Object.is(value, -0) ? "-0" : String(Math.fround(value));
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Bytes in quotation marks, all but printable ASCII escaped. */
export function quotedBytes(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    const named = escapes[byte];
    if (named !== undefined) text += named;
    else text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  }
  return `${text}"`;
}

const escapes: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 92: "\\\\" };

function addMessage(lines: ValueLine[], { fields, unknown }: MessageContent, path: string): void {
  for (const { field, values } of fields) {
    for (const [at, { value }] of values.entries()) {
      const element = field.shape === "singular" ? undefined : field.shape === "list" ? String(at) : keyOf(value);
      const own = joinPath(path, stepText({ field: field.name, element, occurrence: 1 }));
      if (value instanceof Uint8Array) lines.push({ path: own, text: payloadText(value, field) });
      else if (field.shape === "map") addEntryValue(lines, value, own);
      else addInner(lines, value, own);
    }
  }
  const seen = new Map<number, number>();
  for (const one of unknown) addUnknown(lines, one, unknownPath(path, one.number, seen), unknownDepth);
}

function addInner(lines: ValueLine[], message: MessageContent, path: string): void {
  const before = lines.length;
  addMessage(lines, message, path);
  if (lines.length === before) lines.push({ path, text: "{}" });
}

function addEntryValue(lines: ValueLine[], { fields }: MessageContent, path: string): void {
  const part = fields.find(({ field }) => field.number === 2);
  const value = part?.values[0]?.value;
  if (part === undefined || value === undefined) return;
  if (value instanceof Uint8Array) lines.push({ path, text: payloadText(value, part.field) });
  else addInner(lines, value, path);
}

/** The path of the next unknown field of this number. */
export function unknownPath(path: string, number: number, seen: Map<number, number>): string {
  const occurrence = (seen.get(number) ?? 0) + 1;
  seen.set(number, occurrence);
  return joinPath(path, stepText({ field: number, element: undefined, occurrence }));
}

function addUnknown(lines: ValueLine[], { wireType, data }: Omit<UnknownContent, "from">, path: string, depth: number): void {
  switch (wireType) {
    case wireTypes.varint:
      lines.push({ path, text: String(readVarint(data, 0, data.length)) });
      return;
    case wireTypes.i32:
    case wireTypes.i64: {
      const value = scalarValue(data, 0, data.length, wireType === wireTypes.i32 ? "fixed32" : "fixed64") ?? 0;
      lines.push({ path, text: `0x${value.toString(16).padStart(data.length * 2, "0")}` });
      return;
    }
    case wireTypes.startGroup: {
      // Read as a record of its own: whatever its number is, its end tag is the last thing in it.
      addLevel(lines, data.subarray(0, lastTagAt(data)), path, depth - 1);
      return;
    }
    case wireTypes.len: {
      const start = varintEnd(data, 0, data.length);
      const end = start < 0 ? 0 : Math.min(data.length, start + readLength(data, 0, start));
      if (start >= 0 && depth > 0 && parsesStrictly(data, start, end)) addLevel(lines, data.subarray(start, end), path, depth - 1);
      else lines.push({ path, text: quotedBytes(data.subarray(Math.max(0, start), end)) });
    }
  }
}

function addLevel(lines: ValueLine[], bytes: Uint8Array, path: string, depth: number): void {
  const index = parse(bytes);
  const seen = new Map<number, number>();
  if (index.root.count === 0) lines.push({ path, text: "{}" });
  for (let at = 0; at < index.root.count; at++) {
    const record = index.record(index.root, at);
    if (record === undefined || record.isMalformed || record.hasBadTag) continue;
    const { number, wireType, start, valueStart, end } = record;
    if (wireType === 4 || wireType === 6 || wireType === 7) continue;
    const from = wireType === wireTypes.len ? varintEnd(bytes, start, end) : valueStart;
    addUnknown(lines, { number, wireType, data: bytes.subarray(from, end) }, unknownPath(path, number, seen), depth);
  }
}

/** Where the end tag begins that `data`, the inside of a group, ends with. */
function lastTagAt(data: Uint8Array): number {
  const { root }: WireIndex = parse(data);
  const level: WireLevel = root;
  return level.count === 0 ? data.length : (level.starts[level.count - 1] as number);
}
