import { hexOffset, type DiagnosticCode } from "./diagnostic.ts";
import type { WireField } from "./message-table.ts";
import { wireTypeOf } from "./message-table.ts";
import { readLength } from "./scan-level.ts";
import { textFrom } from "./utf8.ts";
import { readVarint, varintEnd } from "./varint.ts";
import { wireTypeName, type WireType } from "./wire-type.ts";

/** Bytes of a type URL that are quoted. */
const maxTypeUrl = 200;

/** Where a finding is. */
export interface FindingPlace {
  readonly offset: number;
  /** End of the message or value it is in. */
  readonly limit: number;
  readonly field: WireField | undefined;
  /** Added to offsets that the words name: where `bytes` begin in what is shown. */
  readonly origin: number;
}

/** Words for a finding. */
export function explainFinding(
  bytes: Uint8Array,
  code: DiagnosticCode,
  { offset, limit, field, origin }: FindingPlace,
): { expected: string; found: string } {
  const left = count(limit - offset);
  const byte = `0x${(bytes[offset] ?? 0).toString(16).padStart(2, "0")}`;
  switch (code) {
    case "tag-truncated":
      return { expected: "a whole tag", found: `${left} of an unfinished one` };
    case "tag-too-long":
      return { expected: "a tag of at most 5 bytes with a field number up to 536,870,911", found: "a larger one" };
    case "tag-overlong":
      return { expected: "the shortest tag", found: "a longer spelling of the same number" };
    case "field-zero":
      return { expected: "a field number from 1 to 536,870,911", found: "field number 0" };
    case "wire-type-invalid":
      return { expected: "a wire type from 0 to 5", found: `wire type ${(bytes[offset] ?? 0) & 7} in ${byte}` };
    case "varint-truncated":
      return { expected: "a whole varint", found: `${left} of an unfinished one` };
    case "varint-too-long":
      return { expected: "a varint of at most 10 bytes", found: "a longer one" };
    case "varint-overlong":
      return { expected: "the shortest varint", found: "a longer spelling of the same value" };
    case "varint-bits-dropped":
      return { expected: "0 or 1 in the tenth byte", found: `${byte}: bits above 64 are dropped` };
    case "value-truncated":
      return { expected: "a value of 32 bits", found: `${numberText(bytes, offset, limit)}: only the low 32 bits are kept` };
    case "bool-not-0-or-1":
      return { expected: "0 or 1", found: `${readVarint(bytes, offset, limit)}, read as true` };
    case "fixed-truncated":
      return { expected: field === undefined ? "4 or 8 bytes" : count(wireTypeOf(field.type) === 5 ? 4 : 8), found: left };
    case "length-truncated":
      return { expected: "a whole length", found: `${left} of an unfinished one` };
    case "length-too-large":
      return { expected: "a length of at most 2,147,483,647", found: lengthAt(bytes, offset, limit) };
    case "length-past-end": {
      const after = varintEnd(bytes, offset, limit);
      const wanted = after < 0 ? 0 : readLength(bytes, offset, after);
      const isPastInput = after + wanted > bytes.length;
      return {
        expected: `at most ${count(limit - Math.max(after, offset))} left in ${limit === bytes.length ? "the input" : "this message"}`,
        found: `a length of ${lengthAt(bytes, offset, limit)}, past the end of ${isPastInput ? "the input" : `the message, which ends at ${hexOffset(limit + origin)}`}`,
      };
    }
    case "length-overlong":
      return { expected: "the shortest length", found: "a longer spelling of the same length" };
    case "group-unclosed":
      return { expected: "an end tag with the number of the group", found: "the end of the message around it" };
    case "group-end-unmatched":
      return { expected: "an end tag that closes the open group", found: "an end tag of another number, or none is open" };
    case "packed-truncated":
      return { expected: "a whole number of elements", found: `${left} left over` };
    case "packed-empty":
      return { expected: "at least one element, or no record", found: "a packed run of 0 bytes" };
    case "utf8-invalid":
      return { expected: "UTF-8, which readers of this field check", found: byte };
    case "utf8-unchecked":
      return { expected: "UTF-8, though readers of this field do not check it", found: byte };
    case "wire-type-mismatch":
      return {
        expected:
          field === undefined ? "the declared wire type" : `${wireTypeName(wireTypeOf(field.type))} for ${field.type} ${field.name}`,
        found: `${wireTypeName(((bytes[offset] ?? 0) & 7) as WireType)}: kept as an unknown field`,
      };
    case "reserved-number":
      return { expected: "a number outside 19,000 to 19,999", found: "one that protobuf keeps for itself" };
    case "reserved-by-schema":
      return { expected: "a number that the schema has not reserved", found: `${fieldNumberAt(bytes, offset, limit)}, which it has` };
    case "type-unknown":
      return {
        expected: "a type that the schema knows",
        found: JSON.stringify(textFrom(bytes, offset, Math.min(limit, offset + maxTypeUrl))),
      };
    case "timestamp-seconds":
      return { expected: "seconds of the years 1 to 9999: -62,135,596,800 to 253,402,300,799", found: numberText(bytes, offset, limit) };
    case "timestamp-nanos":
      return { expected: "nanoseconds from 0 to 999,999,999", found: lowNumberText(bytes, offset, limit) };
    case "duration-seconds":
      return { expected: "seconds within 10,000 years: -315,576,000,000 to 315,576,000,000", found: numberText(bytes, offset, limit) };
    case "duration-nanos":
      return { expected: "nanoseconds from -999,999,999 to 999,999,999", found: lowNumberText(bytes, offset, limit) };
    case "duration-signs":
      return { expected: "seconds and nanoseconds of one sign", found: "one negative and one positive" };
    case "type-id-zero":
      return { expected: "a type id from 1", found: "0" };
    case "required-missing":
      return { expected: `required field ${field?.name ?? ""}`, found: "nothing" };
    case "too-deep":
      return { expected: "at most the allowed nesting", found: "a deeper message" };
  }
}

function count(bytes: number): string {
  return bytes === 1 ? "1 byte" : `${bytes.toLocaleString("en")} bytes`;
}

/** A varint in decimal, with its sign where it is written as a negative number. */
function numberText(bytes: Uint8Array, offset: number, limit: number): string {
  const raw = readVarint(bytes, offset, varintEnd(bytes, offset, limit));
  const signed = BigInt.asIntN(64, raw);
  return signed < 0n ? signed.toLocaleString("en") : raw.toLocaleString("en");
}

/** A varint of which a reader keeps the low 32 bits. */
function lowNumberText(bytes: Uint8Array, offset: number, limit: number): string {
  return BigInt.asIntN(32, readVarint(bytes, offset, varintEnd(bytes, offset, limit))).toLocaleString("en");
}

function fieldNumberAt(bytes: Uint8Array, offset: number, limit: number): string {
  const after = varintEnd(bytes, offset, limit);
  return after < 0 ? "one" : String(Math.floor(readLength(bytes, offset, after) / 8));
}

function lengthAt(bytes: Uint8Array, offset: number, limit: number): string {
  const after = varintEnd(bytes, offset, limit);
  return after < 0 ? "an unreadable one" : readLength(bytes, offset, after).toLocaleString("en");
}
