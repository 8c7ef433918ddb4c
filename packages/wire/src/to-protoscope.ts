import { decideReading } from "./decide-reading.ts";
import { invalidUtf8At, textFrom } from "./utf8.ts";
import type { FieldType } from "./message-table.ts";
import { scalarText, scalarValue } from "./scalar-text.ts";
import { enumName } from "./value-text.ts";
import { readVarint, unzigzag, varintEnd, varintLength } from "./varint.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";
import { wireTypeName } from "./wire-type.ts";

/** Bytes on one line of a hex literal or a quoted string. */
const lineBytes = 64;

/**
 * The bytes as Protoscope text (github.com/protocolbuffers/protoscope, language.txt): every byte sequence, valid or not, comes back identical
 * through {@link fromProtoscope}. Names of fields and enum values follow as remarks where the schema knows them.
 */
export function toProtoscope(index: WireIndex): string {
  const lines: string[] = [];
  writeLevel(index, index.root, "", lines);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** Depth is bounded by the index, which opens no more than its limit. */
function writeLevel(index: WireIndex, level: WireLevel, indent: string, lines: string[]): void {
  for (let at = 0; at < level.count; at++) writeRecord(index, index.record(level, at) as WireRecord, indent, lines);
}

function writeRecord(index: WireIndex, record: WireRecord, indent: string, lines: string[]): void {
  const { bytes } = index;
  const { start, valueStart, end, number, wireType, field } = record;
  const tagEnd = varintEnd(bytes, start, end);
  const tag = tagEnd < 0 || tagEnd - start > 5 ? undefined : tagEnd;
  if (tag === undefined || (record.isMalformed && valueStart === start)) {
    literals(bytes, start, end, indent, lines);
    return;
  }
  const head = `${longForm(tag - start - varintLength(((number << 3) | wireType) >>> 0))}${number}:`;
  const remark = field === undefined ? "" : `  # ${field.name}`;
  if (record.isMalformed) {
    writeMalformed(index, record, tag, { head, remark, indent }, lines);
    return;
  }
  switch (wireType) {
    case 0: {
      const value = varintText(bytes, valueStart, end, field?.type);
      const name = field?.type === "enum" ? enumName(field, scalarText(bytes, valueStart, end, field)) : undefined;
      lines.push(`${indent}${head}${value.startsWith("`") ? "VARINT" : ""} ${value}${remark}${name === undefined ? "" : ` ${name}`}`);
      return;
    }
    case 1:
    case 5:
      lines.push(`${indent}${head} ${fixedText(bytes, valueStart, end, field?.type)}${remark}`);
      return;
    case 4:
      lines.push(`${indent}${head}EGROUP`);
      return;
    case 3: {
      const inside = index.children(record);
      if (inside === undefined) {
        lines.push(`${indent}${head}SGROUP${remark}`);
        literals(bytes, valueStart, end, indent, lines);
        return;
      }
      lines.push(`${indent}${head} !{${remark}`);
      writeLevel(index, inside, `${indent}  `, lines);
      const extra = end - inside.end - varintLength(((number << 3) | 4) >>> 0);
      lines.push(`${indent}${extra > 0 ? `  long-form:${extra}` : ""}}`);
      return;
    }
    default:
      writeLen(index, record, tag, { head, remark, indent }, lines);
  }
}

interface Around {
  readonly head: string;
  readonly remark: string;
  readonly indent: string;
}

function writeLen(index: WireIndex, record: WireRecord, tagEnd: number, { head, remark, indent }: Around, lines: string[]): void {
  const { bytes } = index;
  const { valueStart, end } = record;
  const extra = valueStart - tagEnd - varintLength(end - valueStart);
  const open = `${indent}${head} ${longForm(extra)}{`;
  const inside = index.children(record);
  if (inside?.kind === "message") {
    if (inside.count === 0) {
      lines.push(`${open}}${remark}`);
      return;
    }
    lines.push(`${open}${remark}`);
    writeLevel(index, inside, `${indent}  `, lines);
    lines.push(`${indent}}`);
    return;
  }
  if (inside?.kind === "packed" && inside.element !== undefined) {
    const { type } = inside.element;
    const values: string[] = [];
    for (let at = 0; at < inside.count; at++) {
      const from = inside.starts[at] as number;
      const to = inside.ends[at] as number;
      const isWhole = inside.flags[at] === 0;
      const isFixed = isWhole && to - from >= 4 && (inside.tags[at] ?? 0) % 8 !== 0;
      values.push(isFixed ? fixedText(bytes, from, to, type) : isWhole ? varintText(bytes, from, to, type) : hexLiteral(bytes, from, to));
    }
    lines.push(`${open}${values.join(" ")}}${remark}`);
    return;
  }
  const parts: string[] = [];
  const decision = decideReading(index, record);
  const isText = (decision.by === "schema" ? decision.field.type : decision.as) === "string";
  literals(bytes, valueStart, end, `${indent}  `, parts, isText);
  if (parts.length <= 1) lines.push(`${open}${(parts[0] ?? "").trim()}}${remark}`);
  else lines.push(`${open}${remark}`, ...parts, `${indent}}`);
}

function writeMalformed(index: WireIndex, record: WireRecord, tagEnd: number, { head, remark, indent }: Around, lines: string[]): void {
  const { bytes } = index;
  const { valueStart, end, wireType } = record;
  const opener = `${indent}${head}${wireType > 5 ? wireType : wireTypeName(wireType)}`;
  const inside = index.children(record);
  const from = wireType === 2 && valueStart > tagEnd ? valueStart : tagEnd;
  const length = from > tagEnd ? ` ${varintText(bytes, tagEnd, from, "uint64")}` : "";
  lines.push(`${opener}${length}${remark}`);
  if (inside !== undefined && inside.kind === "message") writeLevel(index, inside, `${indent}  `, lines);
  else literals(bytes, from, end, `${indent}  `, lines);
}

function longForm(extra: number): string {
  return extra > 0 ? `long-form:${extra} ` : "";
}

/** A varint as a number, with `long-form` where it is longer than needed; as hex where bits above 64 are set. */
function varintText(bytes: Uint8Array, start: number, end: number, type: FieldType | undefined): string {
  const raw = readVarint(bytes, start, end);
  if (end - start === 10 && (bytes[end - 1] as number) > 1) return hexLiteral(bytes, start, end);
  const long = longForm(end - start - varintLength(raw));
  if (type === "bool" && raw < 2n && long === "") return raw === 1n ? "true" : "false";
  if (type === "sint32" || type === "sint64") return `${long}${unzigzag(raw)}z`;
  const isUnsigned = type === "uint32" || type === "uint64";
  return `${long}${isUnsigned ? raw : BigInt.asIntN(64, raw)}`;
}

/** A fixed-width number: a float where that is how people would write it, else an integer. */
function fixedText(bytes: Uint8Array, start: number, end: number, type: FieldType | undefined): string {
  const is64 = end - start === 8;
  const suffix = is64 ? "i64" : "i32";
  if (type === "fixed64" || type === "fixed32" || type === "sfixed64" || type === "sfixed32")
    return `${scalarText(bytes, start, end, { type })}${suffix}`;
  const value = scalarValue(bytes, start, end, is64 ? "double" : "float") as number;
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return `${value < 0 ? "-" : ""}inf${is64 ? "64" : "32"}`;
  if (value === 0 || (size >= 1e-6 && size < 1e15)) {
    const text = Object.is(value, -0) ? "-0" : String(value);
    return `${text.includes(".") ? text : `${text}.0`}${is64 ? "" : "i32"}`;
  }
  const bits = scalarValue(bytes, start, end, is64 ? "fixed64" : "fixed32") as bigint | number;
  return Number.isNaN(value)
    ? `0x${bits.toString(16)}${suffix}`
    : `${scalarText(bytes, start, end, { type: is64 ? "sfixed64" : "sfixed32" })}${suffix}`;
}

/** Text in quotes where it is text, else hex, in lines of readable length. */
function literals(bytes: Uint8Array, start: number, end: number, indent: string, lines: string[], isText = false): void {
  if (start >= end) return;
  if (isText && invalidUtf8At(bytes, start, end) === -1) {
    for (let at = start; at < end;) {
      let stop = Math.min(end, at + lineBytes);
      while (stop < end && ((bytes[stop] as number) & 0xc0) === 0x80) stop++;
      lines.push(`${indent}${quote(textFrom(bytes, at, stop))}`);
      at = stop;
    }
    return;
  }
  for (let at = start; at < end; at += lineBytes) lines.push(`${indent}${hexLiteral(bytes, at, Math.min(end, at + lineBytes))}`);
}

function quote(text: string): string {
  const escaped = text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
  // What cannot be seen is written as its bytes.
  return `"${escaped.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    Array.from(new TextEncoder().encode(char), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  )}"`;
}

function hexLiteral(bytes: Uint8Array, start: number, end: number): string {
  return `\`${Array.from(bytes.subarray(start, end), (byte) => byte.toString(16).padStart(2, "0")).join("")}\``;
}
