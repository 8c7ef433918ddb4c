import { scalarText, scalarValue } from "./scalar-text.ts";
import { textFrom } from "./utf8.ts";
import type { WireIndex, WireLevel, WireRecord } from "./wire-index.ts";

const minSeconds = -62_135_596_800n;
const maxSeconds = 253_402_300_799n;
const maxDurationSeconds = 315_576_000_000n;

/** Longest text of a Struct or a wrapper, in characters. */
const maxText = 200;
/** Members of a Struct or ListValue that are spelled out. */
const maxMembers = 12;
/** Values of all depths that are spelled out. */
const maxValues = 64;

/** Values that may still be spelled out; counts down. */
interface Left {
  values: number;
}

/** A message of one of protobuf's own types in words: a time, a duration, a JSON value, the type of an Any. Undefined for other records. */
export function wellKnownText(index: WireIndex, record: WireRecord): string | undefined {
  const { field } = record;
  if (field?.type === "enum" && field.enum?.typeName === "google.protobuf.NullValue") {
    return scalarText(index.bytes, record.valueStart, record.end, field) === "0" ? "null" : undefined;
  }
  if (field?.message === undefined || field.shape === "map") return undefined;
  const level = index.children(record);
  return level === undefined ? undefined : levelText(index, level);
}

/** {@link wellKnownText} of the whole input, when its type is one of protobuf's own. */
export function wellKnownRootText(index: WireIndex): string | undefined {
  return levelText(index, index.root);
}

function levelText(index: WireIndex, level: WireLevel): string | undefined {
  const name = level.kind === "message" ? level.table?.typeName : undefined;
  switch (name) {
    case "google.protobuf.Timestamp":
      return timestampText(integer(index, level, 1), integer(index, level, 2));
    case "google.protobuf.Duration":
      return durationText(integer(index, level, 1), integer(index, level, 2));
    case "google.protobuf.Any": {
      const url = lastOf(index, level, 1);
      return url === undefined ? "no type" : textFrom(index.bytes, url.valueStart, url.end).slice(0, maxText);
    }
    case "google.protobuf.FieldMask":
      return fieldMaskText(index, level);
    case "google.protobuf.Empty":
      return level.count === 0 ? "empty" : undefined;
    case "google.protobuf.Struct":
    case "google.protobuf.Value":
    case "google.protobuf.ListValue":
      return cut(jsonText(index, level, { values: maxValues }));
    case "google.protobuf.DoubleValue":
    case "google.protobuf.FloatValue":
    case "google.protobuf.Int64Value":
    case "google.protobuf.UInt64Value":
    case "google.protobuf.Int32Value":
    case "google.protobuf.UInt32Value":
    case "google.protobuf.BoolValue":
    case "google.protobuf.StringValue":
    case "google.protobuf.BytesValue":
      return wrappedText(index, level);
    default:
      return undefined;
  }
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)} …` : text;
}

/** The value of a wrapper, its default where none was sent. */
function wrappedText(index: WireIndex, level: WireLevel): string | undefined {
  const field = level.table?.byNumber(1);
  const record = lastOf(index, level, 1);
  if (field === undefined) return undefined;
  const [start, end] = record === undefined ? [0, 0] : [record.valueStart, record.end];
  if (field.type === "string") return cut(JSON.stringify(textFrom(index.bytes, start, Math.min(end, start + maxText * 4))));
  if (field.type === "bytes") return end === start ? "empty" : `${end - start} ${end - start === 1 ? "byte" : "bytes"}`;
  if (record === undefined) return field.type === "bool" ? "false" : "0";
  return scalarText(index.bytes, start, end, field);
}

/** A Struct, ListValue or Value as JSON writes it, with an ellipsis for what is too much. Depth is bounded by the index. */
function jsonText(index: WireIndex, level: WireLevel, left: Left): string {
  if (left.values-- <= 0) return "…";
  switch (level.table?.typeName) {
    case "google.protobuf.Struct": {
      const members: string[] = [];
      for (const entry of fieldsOf(index, level, 1)) {
        const inside = index.children(entry);
        if (inside?.kind !== "message") continue;
        const key = lastOf(index, inside, 1);
        const value = lastOf(index, inside, 2);
        const held = value === undefined ? undefined : index.children(value);
        const name = JSON.stringify(key === undefined ? "" : textFrom(index.bytes, key.valueStart, key.end).slice(0, maxText));
        members.push(`${name}: ${held === undefined ? "no value" : jsonText(index, held, left)}`);
      }
      return `{${listed(members, level)}}`;
    }
    case "google.protobuf.ListValue": {
      const elements = fieldsOf(index, level, 1).map((element) => {
        const inside = index.children(element);
        return inside === undefined ? "…" : jsonText(index, inside, left);
      });
      return `[${listed(elements, level)}]`;
    }
    default:
      return kindText(index, level, left);
  }
}

function listed(parts: readonly string[], { count }: WireLevel): string {
  return `${parts.join(", ")}${count > maxMembers ? ", …" : ""}`;
}

function fieldsOf(index: WireIndex, level: WireLevel, number: number): WireRecord[] {
  const found: WireRecord[] = [];
  for (let at = 0; at < level.count && found.length < maxMembers; at++) {
    const record = index.record(level, at);
    if (record?.number === number && record.field !== undefined && !record.isMalformed) found.push(record);
  }
  return found;
}

/** The member of a Value that a reader keeps: the last one. */
function kindText(index: WireIndex, level: WireLevel, left: Left): string {
  for (let at = level.count - 1; at >= 0; at--) {
    const record = index.record(level, at);
    if (record?.field === undefined || record.isMalformed) continue;
    const { number, valueStart, end, field } = record;
    const inside = index.children(record);
    if (number === 1) return "null";
    if (number === 2 || number === 4) return scalarText(index.bytes, valueStart, end, field);
    if (number === 3) return JSON.stringify(textFrom(index.bytes, valueStart, Math.min(end, valueStart + maxText * 4)));
    return inside === undefined ? "…" : jsonText(index, inside, left);
  }
  return "no value";
}

/** RFC 3339 in UTC with as many fraction digits as needed (0, 3, 6 or 9); says so when the value is out of range. */
export function timestampText(seconds: bigint, nanos: bigint): string {
  if (seconds < minSeconds || seconds > maxSeconds) return `${seconds} s, outside years 1 to 9999`;
  if (nanos < 0n || nanos > 999_999_999n) return `${seconds} s and ${nanos} ns, nanos out of range`;
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fraction(nanos)}Z`;
}

function durationText(seconds: bigint, nanos: bigint): string {
  const isOut = seconds > maxDurationSeconds || seconds < -maxDurationSeconds || nanos > 999_999_999n || nanos < -999_999_999n;
  if (isOut) return `${seconds} s and ${nanos} ns, out of range`;
  if ((seconds > 0n && nanos < 0n) || (seconds < 0n && nanos > 0n)) return `${seconds} s and ${nanos} ns, signs differ`;
  const isNegative = seconds < 0n || nanos < 0n;
  return `${isNegative ? "-" : ""}${seconds < 0n ? -seconds : seconds}${fraction(nanos < 0n ? -nanos : nanos)} s`;
}

function fraction(nanos: bigint): string {
  if (nanos === 0n) return "";
  const digits = nanos.toString().padStart(9, "0");
  return `.${digits.endsWith("000000") ? digits.slice(0, 3) : digits.endsWith("000") ? digits.slice(0, 6) : digits}`;
}

function fieldMaskText(index: WireIndex, level: WireLevel): string | undefined {
  if (level.count > 32) return undefined;
  const paths: string[] = [];
  for (let at = 0; at < level.count; at++) {
    const path = index.record(level, at);
    if (path?.field?.name !== "paths" || path.isMalformed) return undefined;
    paths.push(textFrom(index.bytes, path.valueStart, path.end));
  }
  return paths.length === 0 ? "empty mask" : paths.join(", ");
}

function lastOf(index: WireIndex, level: WireLevel, number: number): WireRecord | undefined {
  for (let at = level.count - 1; at >= 0; at--) {
    const child = index.record(level, at);
    if (child?.number === number && child.field !== undefined && !child.isMalformed) return child;
  }
  return undefined;
}

function integer(index: WireIndex, level: WireLevel, number: number): bigint {
  const child = lastOf(index, level, number);
  const value = child?.field === undefined ? 0 : scalarValue(index.bytes, child.valueStart, child.end, child.field.type);
  return BigInt(value ?? 0);
}
