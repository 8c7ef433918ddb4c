import { createFileRegistry, createRegistry, fromBinary, type DescMessage } from "@bufbuild/protobuf";
import { AnySchema, DurationSchema, FileDescriptorSetSchema, StructSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkEditionsSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_editions_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import {
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  KitchenSinkProto2Schema,
} from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeFinding } from "./diagnostic.ts";
import { parse } from "./parse.ts";
import { readings } from "./readings.ts";
import { validate } from "./validate.ts";
import { valueText } from "./value-text.ts";

const hex = (text: string) => Uint8Array.from(text.trim().split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));
const registry = createRegistry(file_rpcdeck_demo_v1_kitchen_sink_proto2, StructSchema);

const testMessages = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(join(import.meta.dirname, "../../../verify/corpus/test-messages.binpb"))),
);

/** Code, severity, path and sentence of the first finding with the code. */
type Row = readonly [code: string, type: DescMessage | undefined, bytes: string, severity: string, path: string, text: string];

const table: readonly Row[] = [
  ["tag-truncated", undefined, "08 01 88", "error", "#0", "at 0x02: expected a whole tag, found 1 byte of an unfinished one"],
  [
    "tag-too-long",
    undefined,
    "80 80 80 80 80 01",
    "error",
    "#0",
    "at 0x00: expected a tag of at most 5 bytes with a field number up to 536,870,911, found a larger one",
  ],
  [
    "tag-too-long",
    undefined,
    "f8 ff ff ff 1f 01",
    "error",
    "#0",
    "at 0x00: expected a tag of at most 5 bytes with a field number up to 536,870,911, found a larger one",
  ],
  ["tag-overlong", undefined, "88 00 01", "note", "#1", "at 0x00: expected the shortest tag, found a longer spelling of the same number"],
  ["field-zero", undefined, "00 01", "error", "#0", "at 0x00: expected a field number from 1 to 536,870,911, found field number 0"],
  ["wire-type-invalid", undefined, "08 01 0e", "error", "#1~2", "at 0x02: expected a wire type from 0 to 5, found wire type 6 in 0x0e"],
  ["varint-truncated", undefined, "08 80", "error", "#1", "at 0x01: expected a whole varint, found 1 byte of an unfinished one"],
  [
    "varint-too-long",
    undefined,
    "08 80 80 80 80 80 80 80 80 80 80 00",
    "error",
    "#1",
    "at 0x01: expected a varint of at most 10 bytes, found a longer one",
  ],
  [
    "varint-overlong",
    undefined,
    "08 81 00",
    "note",
    "#1",
    "at 0x01: expected the shortest varint, found a longer spelling of the same value",
  ],
  [
    "varint-bits-dropped",
    undefined,
    "08 80 80 80 80 80 80 80 80 80 02",
    "note",
    "#1",
    "at 0x0a: expected 0 or 1 in the tenth byte, found 0x02: bits above 64 are dropped",
  ],
  [
    "value-truncated",
    PersonSchema,
    "10 80 80 80 80 10",
    "note",
    "id",
    "at 0x01: expected a value of 32 bits, found 4,294,967,296: only the low 32 bits are kept",
  ],
  [
    "value-truncated",
    KitchenSinkSchema,
    "28 ff ff ff ff ff ff ff ff ff 01",
    "note",
    "uint32_value",
    "at 0x01: expected a value of 32 bits, found -1: only the low 32 bits are kept",
  ],
  ["bool-not-0-or-1", PersonSchema, "30 02", "note", "email_optin", "at 0x01: expected 0 or 1, found 2, read as true"],
  ["fixed-truncated", undefined, "0d 01 02", "error", "#1", "at 0x01: expected 4 or 8 bytes, found 2 bytes"],
  ["length-truncated", undefined, "0a 80", "error", "#1", "at 0x01: expected a whole length, found 1 byte of an unfinished one"],
  [
    "length-too-large",
    undefined,
    "0a 80 80 80 80 08",
    "error",
    "#1",
    "at 0x01: expected a length of at most 2,147,483,647, found 2,147,483,648",
  ],
  [
    "length-past-end",
    undefined,
    "0a 03 61",
    "error",
    "#1",
    "at 0x01: expected at most 1 byte left in the input, found a length of 3, past the end of the input",
  ],
  [
    "length-past-end",
    PersonSchema,
    "22 02 0a 05 31 32 33 34 35",
    "error",
    "phones[0].number",
    "at 0x03: expected at most 0 bytes left in this message, found a length of 5, past the end of the message, which ends at 0x04",
  ],
  [
    "length-past-end",
    PersonSchema,
    "22 02 0a 7f 10 01",
    "error",
    "phones[0].number",
    "at 0x03: expected at most 0 bytes left in this message, found a length of 127, past the end of the input",
  ],
  [
    "length-overlong",
    undefined,
    "0a 81 00 61",
    "note",
    "#1",
    "at 0x01: expected the shortest length, found a longer spelling of the same length",
  ],
  [
    "group-unclosed",
    undefined,
    "0b 10 01",
    "error",
    "#1",
    "at 0x00: expected an end tag with the number of the group, found the end of the message around it",
  ],
  [
    "group-end-unmatched",
    undefined,
    "0c",
    "error",
    "#1",
    "at 0x00: expected an end tag that closes the open group, found an end tag of another number, or none is open",
  ],
  [
    "packed-truncated",
    KitchenSinkProto2Schema,
    "42 02 01 80",
    "error",
    "packed[1]",
    "at 0x03: expected a whole number of elements, found 1 byte left over",
  ],
  [
    "packed-empty",
    KitchenSinkProto2Schema,
    "42 00",
    "note",
    "packed",
    "at 0x01: expected at least one element, or no record, found a packed run of 0 bytes",
  ],
  [
    "utf8-invalid",
    PersonSchema,
    "0a 03 61 ff 62",
    "error",
    "name",
    "at 0x03: expected UTF-8, which readers of this field check, found 0xff",
  ],
  [
    "utf8-invalid",
    PersonSchema,
    "0a 04 61 ed a0 80",
    "error",
    "name",
    "at 0x03: expected UTF-8, which readers of this field check, found 0xed",
  ],
  [
    "utf8-unchecked",
    KitchenSinkEditionsSchema,
    "18 01 32 01 ff",
    "note",
    "unchecked",
    "at 0x04: expected UTF-8, though readers of this field do not check it, found 0xff",
  ],
  [
    "wire-type-mismatch",
    PersonSchema,
    "12 01 61",
    "warning",
    "#2",
    "at 0x00: expected VARINT for int32 id, found LEN: kept as an unknown field",
  ],
  [
    "wire-type-mismatch",
    KitchenSinkEditionsSchema,
    "18 01 22 00",
    "warning",
    "#4",
    "at 0x02: expected SGROUP for group delimited, found LEN: kept as an unknown field",
  ],
  [
    "wire-type-mismatch",
    KitchenSinkSchema,
    "8b 01 8c 01",
    "warning",
    "#17",
    "at 0x00: expected LEN for message nested, found SGROUP: kept as an unknown field",
  ],
  [
    "reserved-number",
    undefined,
    "c0 a3 09 01",
    "note",
    "#19000",
    "at 0x00: expected a number outside 19,000 to 19,999, found one that protobuf keeps for itself",
  ],
  [
    "reserved-number",
    PersonSchema,
    "f8 e1 09 01",
    "note",
    "#19999",
    "at 0x00: expected a number outside 19,000 to 19,999, found one that protobuf keeps for itself",
  ],
  [
    "reserved-by-schema",
    testMessages.getMessage("protobuf_test_messages.proto3.TestAllTypesProto3"),
    "a8 1f 01",
    "note",
    "#501",
    "at 0x00: expected a number that the schema has not reserved, found 501, which it has",
  ],
  ["type-unknown", AnySchema, "0a 05 78 2f 61 2e 62", "note", "type_url", 'at 0x02: expected a type that the schema knows, found "x/a.b"'],
  [
    "timestamp-seconds",
    TimestampSchema,
    "08 80 ea dd 8a b0 07",
    "note",
    "seconds",
    "at 0x01: expected seconds of the years 1 to 9999: -62,135,596,800 to 253,402,300,799, found 253,425,579,264",
  ],
  [
    "timestamp-nanos",
    TimestampSchema,
    "10 80 94 eb dc 03",
    "note",
    "nanos",
    "at 0x01: expected nanoseconds from 0 to 999,999,999, found 1,000,000,000",
  ],
  [
    "timestamp-nanos",
    TimestampSchema,
    "10 ff ff ff ff ff ff ff ff ff 01",
    "note",
    "nanos",
    "at 0x01: expected nanoseconds from 0 to 999,999,999, found -1",
  ],
  [
    "duration-seconds",
    DurationSchema,
    "08 ff ff ff ff ff 7f",
    "note",
    "seconds",
    "at 0x01: expected seconds within 10,000 years: -315,576,000,000 to 315,576,000,000, found 4,398,046,511,103",
  ],
  [
    "duration-nanos",
    DurationSchema,
    "10 80 94 eb dc 03",
    "note",
    "nanos",
    "at 0x01: expected nanoseconds from -999,999,999 to 999,999,999, found 1,000,000,000",
  ],
  [
    "duration-signs",
    DurationSchema,
    "08 01 10 ff ff ff ff ff ff ff ff ff 01",
    "note",
    "seconds",
    "at 0x00: expected seconds and nanoseconds of one sign, found one negative and one positive",
  ],
  [
    "required-missing",
    KitchenSinkProto2Schema,
    "",
    "warning",
    "required_text",
    "at 0x00: expected required field required_text, found nothing",
  ],
  [
    "required-missing",
    KitchenSinkProto2Schema,
    "10 01",
    "warning",
    "required_text",
    "at 0x00: expected required field required_text, found nothing",
  ],
];

test.each(table)("finds %s and says where, what is expected and what is there", (code, type, bytes, severity, path, text) => {
  const index = parse(hex(bytes), type, { registry });
  const found = index.diagnostics().find((finding) => finding.code === code)!;
  expect({ severity: found.severity, path: found.path, text: describeFinding(found) }).toEqual({ severity, path, text });
  expect(index.validation().isValid).toBe(!index.diagnostics().some((finding) => finding.severity === "error"));
});

/** Held elsewhere: they need a type or a depth that this table does not have. */
const elsewhere = ["type-id-zero", "too-deep"];

test("has a line for every code", () => {
  const source = readFileSync(join(import.meta.dirname, "diagnostic.ts"), "utf8");
  const codes = [.../DiagnosticCode =([^;]*);/.exec(source)![1]!.matchAll(/"([a-z0-9-]+)"/g)].map(([, code]) => code);
  const held = new Set([...table.map(([code]) => code), ...elsewhere]);
  expect(codes.filter((code) => !held.has(code!))).toEqual([]);
  expect(held.size).toBe(codes.length);
});

test("stops at the allowed depth, and says where", () => {
  const nested = (depth: number): number[] => (depth === 0 ? [] : [0x0b, ...nested(depth - 1), 0x0c]);
  expect(validate(Uint8Array.from(nested(100))).isValid).toBe(true);
  expect(validate(Uint8Array.from(nested(101))).findings.map(({ code, offset }) => [code, offset])).toEqual([["too-deep", 100]]);
  expect(validate(Uint8Array.from(nested(3)), undefined, { maxDepth: 2 }).findings.map(describeFinding)).toEqual([
    "at 0x02: expected at most the allowed nesting, found a deeper message",
  ]);
  const message = hex("8a 01 05 12 03 12 01 0a");
  expect(
    parse(message, KitchenSinkSchema, { maxDepth: 1 })
      .diagnostics()
      .map(({ code, offset, path }) => [code, offset, path]),
  ).toEqual([["too-deep", 3, "nested.child"]]);
  expect(parse(message, KitchenSinkSchema, { maxDepth: 1 }).find("nested.child.child")).toBeUndefined();
});

test("keeps 1,000 findings, or as many as are asked for, and counts all", () => {
  const bytes = Uint8Array.from({ length: 3000 }, (_, at) => [0x08, 0x81, 0x00][at % 3]!).subarray(0, 2997);
  const more = new Uint8Array(6000).map((_, at) => [0x08, 0x81, 0x00][at % 3]!);
  expect(validate(bytes)).toMatchObject({ findingCount: 999, isValid: true });
  expect(validate(bytes).findings).toHaveLength(999);
  expect(validate(more)).toMatchObject({ findingCount: 2000, isValid: true });
  expect(validate(more).findings).toHaveLength(1000);
  expect(validate(more, undefined, { maxFindings: 3 }).findings.map(({ offset }) => offset)).toEqual([1, 4, 7]);
  // An error after the kept ones still decides the verdict.
  expect(validate(Uint8Array.from([...more, 0x08]))).toMatchObject({
    findingCount: 2001,
    counts: { error: 1, warning: 0, note: 2000 },
    isValid: false,
  });
});

test("reads extensions by number where the registry knows them", () => {
  const bytes = hex("0a 00 a0 06 07 aa 06 01 61 aa 06 01 62");
  const index = parse(bytes, KitchenSinkProto2Schema, { registry });
  expect(valueText(index, index.find("[rpcdeck.demo.v1.extra_number]")!).text).toBe("7");
  expect(valueText(index, index.find("[rpcdeck.demo.v1.extra_texts][1]")!).text).toBe('"b"');
  expect(parse(bytes, KitchenSinkProto2Schema).find("#100")?.field).toBeUndefined();
});

test.each<[string, string, string]>([
  ["a byte order mark", "0a 04 ef bb bf 61", '"\\ufeffa"'],
  ["NUL", "0a 03 61 00 62", '"a\\u0000b"'],
  ["a bidirectional override", "0a 05 61 e2 80 ae 62", '"a\\u202eb"'],
  ["an isolate", "0a 04 61 e2 81 a6", '"a\\u2066"'],
  ["an unpaired surrogate, as its bytes", "0a 03 ed a0 80", "ed a0 80"],
])("writes %s so that it can be seen", (_, bytes, text) => {
  const index = parse(hex(bytes), PersonSchema);
  expect(valueText(index, index.find("name")!).text).toBe(text);
  expect(readings(index, index.find("name")!)[0]!.text).toBe(text);
});
