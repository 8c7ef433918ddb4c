import { createRegistry, create, toBinary } from "@bufbuild/protobuf";
import { AnySchema, TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
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
    return readings(index, index.find(path)!).map(({ as, text, isChosen }) => `${isChosen ? "*" : ""}${as} ${text}`);
  };
  test.each<[string, string, string, DescMessage | undefined, string[]]>([
    ["a varint without a schema", "08 96 01", "#1", undefined, ["*uint64 150", "sint64 75"]],
    ["a varint that could be a bool", "08 01", "#1", undefined, ["*uint64 1", "sint64 -1", "bool true"]],
    ["a moment", "08 f4 80 8a d8 06", "#1", undefined, ["*uint64 1795326068", "sint64 897663034", "time 2026-11-22T05:41:08Z"]],
    [
      "an int32 of -1",
      "10 ff ff ff ff ff ff ff ff ff 01",
      "id",
      PersonSchema,
      ["*int32 -1", "uint64 18446744073709551615", "int64 -1", "uint32 4294967295", "sint64 -9223372036854775808"],
    ],
    ["a five-byte -1", "10 ff ff ff ff 0f", "id", PersonSchema, ["*int32 -1", "uint64 4294967295", "sint64 -2147483648"]],
    ["an enum", "22 02 10 01", "phones[0].type", PersonSchema, ["*enum 1 HOME", "uint64 1", "sint64 -1", "bool true"]],
    [
      "a double",
      "09 00 00 00 00 00 00 f8 3f",
      "double_value",
      KitchenSinkSchema,
      ["*double 1.5", "fixed64 4609434218613702656", "sfixed64 4609434218613702656"],
    ],
    ["text that parses", "0a 02 68 69", "#1", undefined, ['*string "hi"', "message 13: 105", "packed [104 105]"]],
    ["text as declared", "0a 02 68 69", "name", PersonSchema, ['*string "hi"', "message 13: 105", "packed [104 105]"]],
    ["a packed run", "42 03 01 ac 02", "packed", KitchenSinkProto2Schema, ["*packed [1 300]", "bytes 01 ac 02"]],
  ])("reads %s", (_, bytes, path, type, expected) => {
    expect(read(bytes, path, type)).toEqual(expected);
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
    ["messages that are merged", "2a 02 08 01 2a 02 10 01", "last_updated~2", PersonSchema, ["one of 2 that are merged"]],
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
