import { create, toBinary } from "@bufbuild/protobuf";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromProtoscope } from "./from-protoscope.ts";
import { parse } from "./parse.ts";
import { toProtoscope } from "./to-protoscope.ts";

const hex = (text: string) => Uint8Array.from(text.trim().split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));
const show = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
const person = toBinary(PersonSchema, create(PersonSchema, { name: "ann", id: 3, phones: [{ number: "1", type: 1 }], labels: { a: "b" } }));

function assemble(text: string): string {
  const result = fromProtoscope(text);
  return "bytes" in result ? show(result.bytes) : `${result.line}:${result.column} ${result.problem}`;
}

describe("fromProtoscope", () => {
  // Examples of language.txt.
  test.each<[string, string]>([
    ['"hello " "world"', show(new TextEncoder().encode("hello world"))],
    ["`abcdef` `AbCdEf`", "ab cd ef ab cd ef"],
    ["456", "c8 03"],
    ["-0xffFF", "81 80 fc ff ff ff ff ff ff 01"],
    ["-2z 3", "03 03"],
    ["-23i64", "e9 ff ff ff ff ff ff ff"],
    ["long-form:3 3", "83 80 80 00"],
    ["true false", "01 00"],
    ["1.0", "00 00 00 00 00 00 f0 3f"],
    ["0xf.fi64", "00 00 00 00 00 e0 2f 40"],
    ["1.5i32 -inf32", "00 00 c0 3f 00 00 80 ff"],
    ["1:VARINT 2:I64 3:LEN 4:SGROUP 5:EGROUP 6:I32 0x10:0 8:6", "08 11 1a 23 2c 35 80 01 46"],
    ["1: 55z 2: 1.23 6: -1i32", "08 6e 11 ae 47 e1 7a 14 ae f3 3f 35 ff ff ff ff"],
    ["25: { 1 2 3 4 5 6 7 }", "ca 01 07 01 02 03 04 05 06 07"],
    ['23: long-form:2 {"ab"}', "ba 01 82 80 00 61 62"],
    ["26: !{1: 55z}", "d3 01 08 6e d4 01"],
    ["27: !{long-form:3}", "db 01 dc 81 80 80 00"],
    ['2:LEN 5 "abcd" # wrong length', "12 05 61 62 63 64"],
    ["9:8", "1:1 8 is no wire type"],
    ["1: {", "1:4 { is not closed"],
    ['\n "a\\q"', "2:2 \\q is no escape"],
    ["1: }", "1:4 } closes nothing"],
    ["99999999999999999999", "1:1 99999999999999999999 does not fit 64 bits"],
  ])("assembles %s", (text, expected) => {
    expect(assemble(text)).toBe(expected);
  });

  test("never throws", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "!{",
      "1:",
      "2:LEN",
      "long-form:2",
      '"a\\x00"',
      "`00`",
      "`0",
      "5",
      "-1z",
      "1.5",
      "inf32",
      "#x\n",
      "\\",
      "true",
      ":",
      "é",
    );
    fc.assert(
      fc.property(fc.array(pieces), fc.boolean(), (parts, hasSpaces) => {
        fromProtoscope(parts.join(hasSpaces ? " " : ""));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("toProtoscope", () => {
  test("names fields and enum values as remarks", () => {
    expect(toProtoscope(parse(person, PersonSchema))).toBe(
      [
        '1: {"ann"}  # name',
        "2: 3  # id",
        "4: {  # phones",
        '  1: {"1"}  # number',
        "  2: 1  # type HOME",
        "}",
        "8: {  # labels",
        '  1: {"a"}  # key',
        '  2: {"b"}  # value',
        "}",
        "",
      ].join("\n"),
    );
  });

  test.each<[string, string, string]>([
    ["overlong tags, lengths and varints", "88 00 85 00 12 81 00 61", 'long-form:1 1: long-form:1 5\n2: long-form:1 {"a"}\n'],
    ["groups", "0b 10 01 8c 00", "1: !{\n  2: 1\n  long-form:1}\n"],
    ["a length that is too long", "22 7f 31 39", "4:LEN 127\n  `3139`\n"],
    ["a group that is not closed", "0b 10 01", "1:SGROUP\n  2: 1\n"],
    ["an end tag alone", "0c", "1:EGROUP\n"],
    ["an undefined wire type", "0e 01", "1:6\n  `01`\n"],
    ["floats", "09 00 00 00 00 00 00 f8 3f 15 00 00 80 7f", "1: 1.5\n2: inf32\n"],
  ])("spells %s", (_, bytes, expected) => {
    expect(toProtoscope(parse(hex(bytes)))).toBe(expected);
    expect(assemble(expected)).toBe(bytes);
  });

  test("comes back byte for byte, whatever the bytes and the schema", () => {
    const types = [undefined, PersonSchema, KitchenSinkSchema, KitchenSinkProto2Schema];
    const check = (bytes: Uint8Array, type: (typeof types)[number]) => {
      const text = toProtoscope(parse(bytes, type));
      const result = fromProtoscope(text);
      if (!("bytes" in result)) throw new Error(`${result.line}:${result.column} ${result.problem}\n${text}`);
      if (show(result.bytes) !== show(bytes)) throw new Error(`${show(bytes)}\n${show(result.bytes)}\n${text}`);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...types), check), { numRuns: 5000 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(person.length - 1), fc.nat(255)), { maxLength: 3 }),
        fc.nat(person.length),
        fc.constantFrom(...types),
        (changes, length, type) => {
          const bytes = person.slice();
          for (const [at, byte] of changes) bytes[at] = byte;
          check(bytes, type);
          check(bytes.subarray(0, length), type);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
