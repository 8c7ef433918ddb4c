import { decideReading } from "./decide-reading.ts";
import type { WireField } from "./message-table.ts";
import { isScalarReading } from "./read-as.ts";
import { scalarText } from "./scalar-text.ts";
import { invalidUtf8At, textFrom } from "./utf8.ts";
import { readVarint } from "./varint.ts";
import { wellKnownText } from "./well-known.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypes } from "./wire-type.ts";

/** A value in one line. */
export interface ValueText {
  readonly text: string;
  readonly tone: "string" | "number" | "quiet";
  /** A second, quieter word: the name of an enum value. */
  readonly note?: string;
}

/** Longest text made of one value, in characters. */
const maxChars = 160;
const maxHexBytes = 24;
const maxSummaryParts = 3;

/** The value of a record as the tree shows it: what the schema or the guess says, shortened. Containers give a summary of their values. */
export function valueText(index: WireIndex, record: WireRecord): ValueText {
  const { bytes } = index;
  const { valueStart, end, wireType } = record;
  if (record.isMalformed && index.children(record) === undefined)
    return { text: `${(end - record.start).toLocaleString("en")} B not readable`, tone: "quiet" };
  const decision = decideReading(index, record);
  const wellKnown = decision.by === "schema" ? wellKnownText(index, record) : undefined;
  if (wellKnown !== undefined) return { text: wellKnown, tone: "quiet" };
  const inside = index.children(record);
  if (inside !== undefined) {
    const isEntry = decision.by === "user" && decision.as === "map entry";
    return { text: isEntry ? entryText(index, inside) : summary(index, inside), tone: "quiet" };
  }
  if (decision.by === "schema" && (record.level.kind === "packed" || !(decision.field.isPackable && wireType === wireTypes.len)))
    return fieldText(bytes, valueStart, end, decision.field);
  if (decision.by === "user" && isScalarReading(decision.as))
    return { text: scalarText(bytes, valueStart, end, { type: decision.as }), tone: "number" };
  switch (wireType) {
    case 0:
      return { text: String(readVarint(bytes, valueStart, end)), tone: "number" };
    case 1:
      return {
        text: scalarText(bytes, valueStart, end, { type: "fixed64" }),
        tone: "number",
        note: floatNote(bytes, valueStart, end, "double"),
      };
    case 5:
      return {
        text: scalarText(bytes, valueStart, end, { type: "fixed32" }),
        tone: "number",
        note: floatNote(bytes, valueStart, end, "float"),
      };
    case 2:
      return decision.by !== "schema" && decision.as === "string"
        ? { text: quoted(bytes, valueStart, end), tone: "string" }
        : { text: hexText(bytes, valueStart, end), tone: "quiet" };
    default:
      return { text: "", tone: "quiet" };
  }
}

/** Number of records or elements, with its noun. */
export function countText({ kind, count }: WireLevel): string {
  const noun = kind === "packed" ? "element" : kind === "stream" ? "message" : "field";
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Text in quotes with escapes, shortened; not UTF-8 becomes hex. */
export function quoted(bytes: Uint8Array, start: number, end: number): string {
  const isLong = end - start > maxChars * 4;
  const stop = isLong ? start + maxChars * 4 : end;
  if (!isLong && invalidUtf8At(bytes, start, end) !== -1) return hexText(bytes, start, end);
  const text = textFrom(bytes, start, stop);
  return text.length > maxChars || isLong ? `${escaped(text.slice(0, maxChars))} …` : escaped(text);
}

/** `0a 0b 0c …` */
export function hexText(bytes: Uint8Array, start: number, end: number): string {
  if (start >= end) return "empty";
  const shown = Array.from(bytes.subarray(start, Math.min(end, start + maxHexBytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    " ",
  );
  return end - start > maxHexBytes ? `${shown} …` : shown;
}

/** Text as a JSON string, with everything invisible escaped: controls, bidirectional marks, byte order mark, lone surrogates. */
function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function fieldText(bytes: Uint8Array, start: number, end: number, field: WireField): ValueText {
  switch (field.type) {
    case "string":
      return { text: quoted(bytes, start, end), tone: "string" };
    case "bytes":
      return { text: hexText(bytes, start, end), tone: "quiet" };
    case "enum": {
      const number = scalarText(bytes, start, end, field);
      return { text: number, tone: "number", note: enumName(field, number) ?? "not in the enum" };
    }
    default:
      return { text: scalarText(bytes, start, end, field), tone: "number" };
  }
}

/** Name of an enum value given by its number in decimal. */
export function enumName(field: WireField, number: string): string | undefined {
  return field.enum?.values.find((value) => String(value.number) === number)?.name;
}

/** A float reading, when it is one that people would write. */
function floatNote(bytes: Uint8Array, start: number, end: number, type: "float" | "double"): string {
  const text = scalarText(bytes, start, end, { type });
  const size = Math.abs(Number(text));
  return size === 0 || (size > 1e-6 && size < 1e12) ? `${type} ${text}` : "";
}

/** `"team" → "payments"`, for a message that the user reads as a map entry. */
function entryText(index: WireIndex, level: WireLevel): string {
  const text = (number: number): string => {
    for (let at = level.count - 1; at >= 0; at--) {
      const part = index.record(level, at);
      if (part?.number === number) return valueText(index, part).text;
    }
    return "default";
  };
  return `${text(1)} → ${text(2)}`;
}

function summary(index: WireIndex, level: WireLevel): string {
  if (level.count === 0) return "empty";
  const parts: string[] = [];
  for (let at = 0; at < level.count && parts.length < maxSummaryParts; at++) {
    const record = index.record(level, at);
    if (record === undefined) break;
    const inside = index.children(record);
    const { text, note, tone } =
      inside === undefined ? valueText(index, record) : { text: countText(inside), note: undefined, tone: "quiet" };
    const short = tone === "string" && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
    parts.push(record.field?.type === "enum" && note !== undefined && note !== "" ? note : short.slice(0, 40));
  }
  if (level.count > parts.length) parts.push("…");
  return level.kind === "packed" ? parts.join(", ") : parts.join(" · ");
}
