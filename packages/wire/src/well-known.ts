import { scalarValue } from "./scalar-text.ts";
import { textFrom } from "./utf8.ts";
import type { WireIndex, WireRecord } from "./wire-index.ts";

const minSeconds = -62_135_596_800n;
const maxSeconds = 253_402_300_799n;
const maxDurationSeconds = 315_576_000_000n;

/** A message of one of protobuf's own types in words: a time, a duration, the type of an Any. Undefined for other records. */
export function wellKnownText(index: WireIndex, record: WireRecord): string | undefined {
  if (record.field?.message === undefined || record.field.shape === "map") return undefined;
  switch (record.field.message().typeName) {
    case "google.protobuf.Timestamp":
      return timestampText(integer(index, record, 1), integer(index, record, 2));
    case "google.protobuf.Duration":
      return durationText(integer(index, record, 1), integer(index, record, 2));
    case "google.protobuf.Any": {
      const url = lastOf(index, record, 1);
      return url === undefined ? "no type" : textFrom(index.bytes, url.valueStart, url.end).slice(0, 200);
    }
    case "google.protobuf.FieldMask":
      return fieldMaskText(index, record);
    case "google.protobuf.Empty":
      return index.children(record)?.count === 0 ? "empty" : undefined;
    default:
      return undefined;
  }
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

function fieldMaskText(index: WireIndex, record: WireRecord): string | undefined {
  const level = index.children(record);
  if (level === undefined || level.count > 32) return undefined;
  const paths: string[] = [];
  for (let at = 0; at < level.count; at++) {
    const path = index.record(level, at);
    if (path?.field?.name !== "paths" || path.isMalformed) return undefined;
    paths.push(textFrom(index.bytes, path.valueStart, path.end));
  }
  return paths.length === 0 ? "empty mask" : paths.join(", ");
}

function lastOf(index: WireIndex, record: WireRecord, number: number): WireRecord | undefined {
  const level = index.children(record);
  for (let at = (level?.count ?? 0) - 1; level !== undefined && at >= 0; at--) {
    const child = index.record(level, at);
    if (child?.number === number && child.field !== undefined && !child.isMalformed) return child;
  }
  return undefined;
}

function integer(index: WireIndex, record: WireRecord, number: number): bigint {
  const child = lastOf(index, record, number);
  const value = child?.field === undefined ? 0 : scalarValue(index.bytes, child.valueStart, child.end, child.field.type);
  return BigInt(value ?? 0);
}
