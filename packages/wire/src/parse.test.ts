import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkEditionsSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_editions_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "./parse.ts";
import type { WireIndex, WireLevel } from "./wire-index.ts";

const hex = (text: string) => Uint8Array.from(text.trim().split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));

const person = toBinary(
  PersonSchema,
  create(PersonSchema, {
    name: "lijiahao",
    id: 3,
    phones: [
      { number: "15136588270", type: 1 },
      { number: "190019393", type: 2 },
    ],
    contactPreference: { case: "smsOptin", value: true },
    labels: { team: "payments" },
  }),
);

/** Every record as `path start-end`, depth first. */
function list(index: WireIndex): string[] {
  const lines: string[] = [];
  const visit = (level: WireLevel) => {
    for (let at = 0; at < level.count; at++) {
      const record = index.record(level, at)!;
      lines.push(`${index.pathOf(record)} ${record.start}-${record.end}${record.isMalformed ? " malformed" : ""}`);
      const inside = index.children(record);
      if (inside !== undefined) visit(inside);
    }
  };
  visit(index.root);
  return lines;
}

function expectTiles(index: WireIndex): void {
  let at = 0;
  for (let guard = 0; at < index.bytes.length; guard++) {
    const part = index.partAt(at)!;
    if (part.start !== at || part.end <= at) throw new Error(`part ${part.role} ${part.start}-${part.end} at ${at}`);
    if (guard > index.bytes.length) throw new Error("no progress");
    at = part.end;
  }
  const visit = (level: WireLevel, start: number, end: number) => {
    let next = start;
    for (let position = 0; position < level.count; position++) {
      const record = index.record(level, position)!;
      if (record.start !== next || record.end <= record.start || record.valueStart < record.start || record.valueStart > record.end)
        throw new Error(`record ${record.start}-${record.end} value ${record.valueStart} after ${next}`);
      next = record.end;
      const inside = index.children(record);
      if (inside !== undefined) {
        if (inside.start !== record.valueStart || inside.end > record.end) throw new Error("child outside its record");
        visit(inside, inside.start, inside.end);
      }
    }
    if (next !== end) throw new Error(`level ends at ${next}, not ${end}`);
  };
  visit(index.root, 0, index.bytes.length);
}

describe("parse", () => {
  test("gives each record of a person its span and path", () => {
    expect(list(parse(person, PersonSchema))).toEqual([
      "name 0-10",
      "id 10-12",
      "phones[0] 12-29",
      "phones[0].number 14-27",
      "phones[0].type 27-29",
      "phones[1] 29-44",
      "phones[1].number 31-42",
      "phones[1].type 42-44",
      "sms_optin 44-46",
      'labels["team"] 46-64',
      'labels["team"]#1 48-54',
      'labels["team"]#2 54-64',
    ]);
  });

  test.each<[string, string, string[]]>([
    ["nothing", "", []],
    ["a field without a schema", "08 96 01", ["#1 0-3"]],
    ["text that could be a message", "0a 02 68 69", ["#1 0-4"]],
    ["a message without a schema", "12 03 08 96 01", ["#2 0-5", "#2#1 2-5"]],
    ["a group", "0b 10 01 0c 10 02", ["#1 0-4", "#1#2 1-3", "#2 4-6"]],
    ["a group that is not closed", "0b 10 01", ["#1 0-3 malformed", "#1#2 1-3"]],
    ["an end tag alone", "0c 08 01", ["#1 0-1", "#1~2 1-3"]],
    ["field 0", "00 01 08 02", ["#0 0-2", "#1 2-4"]],
    ["a cut tag", "08 01 88", ["#1 0-2", "#0 2-3 malformed"]],
    ["an undefined wire type", "08 01 0e 01", ["#1 0-2", "#1~2 2-4 malformed"]],
    ["a length past the end", "22 ff 31 39", ["#4 0-4 malformed"]],
    ["a repeated field", "08 01 08 02", ["#1 0-2", "#1~2 2-4"]],
    ["an overlong tag", "88 00 01", ["#1 0-3"]],
    ["a varint of eleven bytes", "08 80 80 80 80 80 80 80 80 80 80 00", ["#1 0-12 malformed"]],
  ])("cuts %s", (_, bytes, expected) => {
    const index = parse(hex(bytes));
    expect(list(index)).toEqual(expected);
    expectTiles(index);
  });

  test("keeps showing what follows a fault inside a message", () => {
    const index = parse(hex("22 03 0a 05 31 10 07"), PersonSchema);
    expect(list(index)).toEqual(["phones[0] 0-5", "phones[0].number 2-5 malformed", "id 5-7"]);
    expect(index.diagnostics().map(({ code, path, offset }) => [code, path, offset])).toEqual([["length-past-end", "phones[0].number", 3]]);
  });

  test("treats a known field with another wire type as unknown", () => {
    const index = parse(hex("12 01 61 10 05"), PersonSchema);
    expect(list(index)).toEqual(["#2 0-3", "id 3-5"]);
    expect(index.validation().isValid).toBe(true);
    expect(index.diagnostics()[0]).toMatchObject({ code: "wire-type-mismatch", severity: "warning" });
  });

  test.each<[string, string, string[]]>([
    [
      "a value that comes twice",
      "e2 01 06 12 02 0a 00 12 00",
      ["nested_map[0]#2 3-7", "nested_map[0]#2.label 5-7", "nested_map[0]#2~2 7-9"],
    ],
    ["an unknown field in the value", "e2 01 04 12 02 10 05", ["nested_map[0]#2 3-7", "nested_map[0]#2#2 5-7"]],
    ["a key of another wire type", "e2 01 04 0a 00 08 01", ["nested_map[1]#1 3-5", "nested_map[1]#1~2 5-7"]],
  ])("tells the parts of a map entry apart: %s", (_, bytes, expected) => {
    const index = parse(hex(bytes), KitchenSinkSchema);
    expect(list(index).slice(1)).toEqual(expected);
    for (const line of expected) expect(`${index.find(line.split(" ")[0]!)?.start}`).toBe(/(\d+)-/.exec(line.split(" ")[1]!)![1]);
  });

  test("opens packed runs and counts their elements on", () => {
    const index = parse(hex("42 02 01 02 42 03 03 ac 02 48 07"), KitchenSinkProto2Schema);
    expect(list(index)).toEqual([
      "packed 0-4",
      "packed[0] 2-3",
      "packed[1] 3-4",
      "packed~2 4-9",
      "packed[2] 6-7",
      "packed[3] 7-9",
      "plain[0] 9-11",
    ]);
    expect(index.find("packed[3]")?.start).toBe(7);
    expect(index.find("packed~2")?.start).toBe(4);
  });

  test("reads groups and delimited fields with their schema", () => {
    expect(list(parse(hex("2b 30 05 38 06 2c"), KitchenSinkProto2Schema))).toEqual(["window 0-6", "window.width 1-3", "window.height 3-5"]);
    expect(list(parse(hex("23 0a 01 61 24"), KitchenSinkEditionsSchema))).toEqual(["delimited 0-5", "delimited.name 1-4"]);
  });

  test("finds every record by its path and every byte by its offset", () => {
    const index = parse(person, PersonSchema);
    for (let at = 0; at < person.length; at++) {
      const { record } = index.partAt(at)!;
      expect(index.find(index.pathOf(record))?.start).toBe(record.start);
    }
    expect(index.partAt(29)).toMatchObject({ role: "tag", isContainer: true });
    expect(index.partAt(30)).toMatchObject({ role: "length", isContainer: true });
    expect(index.partAt(31)).toMatchObject({ role: "tag", isContainer: false });
    expect(index.partAt(33)).toMatchObject({ role: "value", start: 33, end: 42 });
    expect(index.partAt(64)).toBeUndefined();
  });

  test("tiles any bytes and finds the records of a message again by path", () => {
    const types = [undefined, PersonSchema, KitchenSinkSchema, KitchenSinkProto2Schema, KitchenSinkEditionsSchema];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(...types), (bytes, type) => {
        const index = parse(bytes, type);
        expectTiles(index);
        index.diagnostics();
        for (let at = 0; at < index.root.count; at++) {
          const record = index.record(index.root, at)!;
          if (index.find(index.pathOf(record))?.start !== record.start) throw new Error(`lost ${index.pathOf(record)}`);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test("tiles mutated messages", () => {
    fc.assert(
      fc.property(fc.nat(person.length - 1), fc.nat(255), fc.nat(person.length), (at, byte, length) => {
        const bytes = person.slice();
        bytes[at] = byte;
        expectTiles(parse(bytes, PersonSchema));
        expectTiles(parse(bytes.subarray(0, length), PersonSchema));
        expectTiles(parse(bytes.subarray(0, length)));
      }),
      { numRuns: 2000 },
    );
  });

  test("survives deep nesting", () => {
    const starts = new Uint8Array(100_000).fill(0x0b);
    expectTiles(parse(starts));
    expect(parse(starts).validation().isValid).toBe(false);
  });

  test("accepts what protobuf-es writes", () => {
    expect(parse(person, PersonSchema).validation()).toMatchObject({ isValid: true, findingCount: 0 });
    expect(fromBinary(PersonSchema, person).name).toBe("lijiahao");
  });
});
