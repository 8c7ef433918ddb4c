import { createRegistry, create, toBinary } from "@bufbuild/protobuf";
import { AnySchema, TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkEditionsSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_editions_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import type { DescMessage } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { recordNotes } from "./level-notes.ts";
import { parse } from "./parse.ts";
import { readings } from "./readings.ts";
import { valueText } from "./value-text.ts";

const hex = (text: string) => Uint8Array.from(text.trim().split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));

describe("readings", () => {
  const read = (bytes: string, path: string, type?: DescMessage) => {
    const index = parse(hex(bytes), type);
    return readings(index, index.find(path)!)
      .filter(({ isMinor }) => !isMinor)
      .map(({ as, text, isChosen, isRunnerUp }) => `${isChosen ? "*" : isRunnerUp ? "+" : ""}${as} ${text}`);
  };
  test.each<[string, string, string, DescMessage | undefined, string[]]>([
    ["a varint without a schema", "08 96 01", "#1", undefined, ["*uint64 150", "+sint64 75"]],
    ["a varint that could be a bool", "08 01", "#1", undefined, ["*uint64 1", "+bool true", "sint64 -1"]],
    ["a moment", "08 f4 80 8a d8 06", "#1", undefined, ["*uint64 1795326068", "+time 2026-11-22T05:41:08Z", "sint64 897663034"]],
    [
      "an int32 of -1",
      "10 ff ff ff ff ff ff ff ff ff 01",
      "id",
      PersonSchema,
      ["*int32 -1", "+uint64 18446744073709551615", "sint64 -9223372036854775808", "uint32 4294967295", "sint32 -2147483648"],
    ],
    ["a five-byte -1", "10 ff ff ff ff 0f", "id", PersonSchema, ["*int32 -1", "+uint64 4294967295", "sint64 -2147483648"]],
    ["an enum", "22 02 10 01", "phones[0].type", PersonSchema, ["*enum 1 HOME", "+uint64 1", "bool true", "sint64 -1"]],
    ["a double", "09 00 00 00 00 00 00 f8 3f", "double_value", KitchenSinkSchema, ["*double 1.5", "+fixed64 4609434218613702656"]],
    ["a float without a schema", "0d cd cc cc 3d", "#1", undefined, ["*fixed32 1036831949", "+float 0.1", "time 2002-11-09T08:52:29Z"]],
    ["negative fixed32", "0d fb ff ff ff", "#1", undefined, ["*fixed32 4294967291", "+sfixed32 -5", "float NaN"]],
    ["text that parses", "0a 02 68 69", "#1", undefined, ['*string "hi"', "+message 13: 105", "packed uint64 [104 105]", "bytes 68 69"]],
    [
      "text as declared",
      "0a 02 68 69",
      "name",
      PersonSchema,
      ['*string "hi"', "+message 13: 105", "packed uint64 [104 105]", "bytes 68 69"],
    ],
    ["a packed run", "42 03 01 ac 02", "packed", KitchenSinkProto2Schema, ["*packed int32 [1 300]", "+bytes 01 ac 02"]],
    [
      "a map entry without a schema",
      "3a 0d 0a 04 74 65 61 6d 12 05 61 2f 62 2e 63",
      "#7",
      undefined,
      [
        '*message 1: "team"  2: "a/b.c"',
        '+map entry "team" → "a/b.c"',
        "bytes 0a 04 74 65 61 6d 12 05 61 2f 62 2e 63",
        "packed uint64 [10 4 116 101 97 109 18 5 97 47 98 46 …]",
        'string "\\n\\u0004team\\u0012\\u0005a/b.c"',
      ],
    ],
    [
      "an Any without a schema",
      "12 0c 0a 06 78 2f 70 62 2e 54 12 02 08 05",
      "#2",
      undefined,
      [
        '*message 1: "x/pb.T"  2: "\\b\\u0005"',
        "+any x/pb.T",
        'map entry "x/pb.T" → "\\b\\u0005"',
        "bytes 0a 06 78 2f 70 62 2e 54 12 02 08 05",
        "packed uint64 [10 6 120 47 112 98 46 84 18 2 8 5]",
        'string "\\n\\u0006x/pb.T\\u0012\\u0002\\b\\u0005"',
      ],
    ],
    [
      "a stream without a schema",
      "0a 06 02 08 01 02 08 02",
      "#1",
      undefined,
      ["*bytes 02 08 01 02 08 02", "+stream {1: 1} {1: 2}", "packed uint64 [2 8 1 2 8 2]", 'string "\\u0002\\b\\u0001\\u0002\\b\\u0002"'],
    ],
    [
      "a run of doubles without a schema",
      "0a 10 00 00 00 00 00 00 f8 3f 00 00 00 00 00 00 04 c0",
      "#1",
      undefined,
      ["*bytes 00 00 00 00 00 00 f8 3f 00 00 00 00 00 00 04 c0", "+packed double [1.5 -2.5]"],
    ],
    ["bytes that are nothing else", "4a 02 ff 80", "photo", PersonSchema, ["*bytes ff 80"]],
  ])("reads %s", (_, bytes, path, type, expected) => {
    expect(read(bytes, path, type)).toEqual(expected);
  });

  test.each<[string, string, string[]]>([
    ["a varint", "08 96 01", ["uint64", "int64", "sint64", "uint32", "int32", "sint32", "bool"]],
    ["four bytes", "0d 00 00 00 00", ["fixed32", "sfixed32", "float"]],
    ["eight bytes", "09 00 00 00 00 00 00 00 00", ["fixed64", "sfixed64", "double"]],
  ])("names every type of %s, and how to choose it", (_, bytes, expected) => {
    const index = parse(hex(bytes));
    const choices = readings(index, index.find("#1")!)
      .map(({ readAs }) => readAs)
      .filter((as) => as !== undefined);
    expect(new Set(choices)).toEqual(new Set(expected));
    expect(choices).toHaveLength(expected.length);
  });

  test.each<[string, string, string, DescMessage | undefined, string, string]>([
    [
      "ten bytes of an int64",
      "20 fe ff ff ff ff ff ff ff ff 01",
      "int64_value",
      KitchenSinkSchema,
      "int64",
      "as declared · negative: 10 bytes, sint64 would take 1",
    ],
    [
      "ten bytes of an enum",
      "80 01 ff ff ff ff ff ff ff ff ff 01",
      "flavour",
      KitchenSinkSchema,
      "enum",
      "as declared · negative: 10 bytes, sint32 would take 1; enums have no zigzag",
    ],
    ["ten bytes without a schema", "08 ff ff ff ff ff ff ff ff ff 01", "#1", undefined, "int32", "negative: 10 bytes, sint32 would take 1"],
    ["an overlong varint", "08 81 80 00", "#1", undefined, "uint64", "no schema · 3 bytes where 1 would do"],
    ["minus zero", "0d 00 00 00 80", "#1", undefined, "float", "-0x0p+0 · minus zero"],
    ["a subnormal", "0d 01 00 00 00", "#1", undefined, "float", "0x0.000002p-126 · subnormal"],
    ["infinity", "09 00 00 00 00 00 00 f0 ff", "#1", undefined, "double", "minus infinity"],
    ["the exact value", "0d cd cc cc 3d", "#1", undefined, "float", "0x1.99999ap-4"],
    ["a NaN without a schema", "09 01 00 00 00 00 00 f8 ff", "#1", undefined, "double", "-quiet NaN, payload 0x1"],
    [
      "a byte order mark",
      "0a 04 ef bb bf 61",
      "#1",
      undefined,
      "string",
      "no schema · valid UTF-8 · 2 characters · begins with a byte order mark",
    ],
    ["unchecked text", "32 01 ff", "unchecked", KitchenSinkEditionsSchema, "string", "as declared · not UTF-8 at 0x02, not checked"],
  ])("says of %s what the value does not", (_, bytes, path, type, as, why) => {
    const index = parse(hex(bytes), type);
    expect(readings(index, index.find(path)!).find((reading) => reading.as === as)?.why).toBe(why);
  });

  test("tells the bits of a NaN", () => {
    const index = parse(hex("15 01 00 a0 7f"), KitchenSinkSchema);
    expect(readings(index, index.find("float_value")!)[0]).toMatchObject({
      text: "NaN",
      why: "as declared · signalling NaN, payload 0x200001",
    });
  });
});

describe("valueText", () => {
  test("escapes what cannot be seen, and reads times and Any", () => {
    const registry = createRegistry(TimestampSchema, AnySchema, KitchenSinkSchema);
    const at = create(TimestampSchema, timestampFromMs(Date.UTC(2026, 10, 22, 5, 41, 8, 482)));
    const any = { typeUrl: "type.googleapis.com/google.protobuf.Timestamp", value: toBinary(TimestampSchema, at) };
    const bytes = toBinary(AnySchema, create(AnySchema, any));
    const index = parse(bytes, AnySchema, { registry });
    expect(index.find("value.seconds")?.field?.type).toBe("int64");
    const person = parse(toBinary(PersonSchema, create(PersonSchema, { name: "a\u202eb\n", lastUpdated: at })), PersonSchema);
    expect(valueText(person, person.find("name")!).text).toBe('"a\\u202eb\\n"');
    expect(valueText(person, person.find("last_updated")!).text).toBe("2026-11-22T05:41:08.482Z");
  });
});

describe("recordNotes", () => {
  const notes = (bytes: string, path: string, type: DescMessage) => {
    const index = parse(hex(bytes), type);
    return recordNotes(index, index.find(path)!).map(({ text }) => text);
  };
  test.each<[string, string, string, DescMessage, string[]]>([
    ["a value that is overwritten", "10 01 10 02", "id", PersonSchema, ["overwritten by 0x02: the last one wins"]],
    ["the value that wins", "10 01 10 02", "id~2", PersonSchema, []],
    [
      "messages that are merged",
      "2a 02 08 01 2a 02 10 01",
      "last_updated~2",
      PersonSchema,
      ["one of 2 that are merged: 0x00–0x03, 0x04–0x07"],
    ],
    ["a cleared member of a oneof", "30 01 38 01", "email_optin", PersonSchema, ["cleared by 0x02: another member of contact_preference"]],
    ["a default that is sent", "10 00", "id", PersonSchema, ["the default, which need not be sent"]],
    ["an unknown field", "9a 06 00", "#99", PersonSchema, ["pb.Person has no field 99"]],
    ["another wire type", "12 01 61", "#2", PersonSchema, ["unknown: id is declared int32"]],
    ["a closed enum", "20 09", "closed", KitchenSinkProto2Schema, ["Closed is closed and has no 9: kept as an unknown field"]],
    ["a packed run declared unpacked", "4a 01 07", "plain", KitchenSinkProto2Schema, ["sent packed, declared unpacked"]],
    ["an element declared packed", "40 07", "packed[0]", KitchenSinkProto2Schema, ["sent unpacked, declared packed"]],
    ["an entry without a key", "42 03 12 01 61", 'labels[""]', PersonSchema, ["no key: the default is read"]],
    ["a key twice", "42 06 0a 01 61 12 01 62 42 06 0a 01 61 12 01 63", 'labels["a"]', PersonSchema, ["overwritten by 0x08: same key"]],
    ["fields out of order", "10 01 0a 01 61", "name", PersonSchema, ["not in ascending order"]],
  ])("names %s", (_, bytes, path, type, expected) => {
    expect(notes(bytes, path, type)).toEqual(expected);
  });
});
