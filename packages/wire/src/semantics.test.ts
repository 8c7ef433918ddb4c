import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, fromBinary, type DescMessage } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { protocBinary } from "../../../conformance/protoc-binary.ts";
import { recordNotes } from "./level-notes.ts";
import { parse } from "./parse.ts";
import { validate } from "./validate.ts";
import { valueText } from "./value-text.ts";

const protoc = protocBinary().path;
const temporary = mkdtempSync(join(tmpdir(), "rpcdeck-semantics-"));
afterAll(() => {
  rmSync(temporary, { recursive: true });
});

const many = Array.from({ length: 40 }, (_, at) => `required int32 f${at + 1} = ${at + 1};`).join("\n");
const source = `syntax = "proto2";
package t;
enum Closed { ZERO = 0; ONE = 1; }
message Req {
  required int32 a = 1;
  required string b = 2;
  optional Req sub = 3;
  repeated Req list = 4;
  map<string, Req> by = 5;
  oneof o { Req x = 6; int32 y = 7; }
  optional group G = 8 { required int32 z = 1; }
}
message Top { optional Req req = 1; optional Top top = 2; required Closed closed = 3; }
message Opt {
  optional Opt sub = 1;
  optional int32 n = 2;
  optional Closed closed = 3;
  repeated int32 packed = 4 [packed = true];
  map<string, Closed> by = 5;
  oneof o { Opt x = 6; int32 y = 7; Closed z = 8; }
  map<string, Opt> map = 9;
  optional string s = 10;
}
message Many { ${many} }
message Set { option message_set_wire_format = true; extensions 4 to max; }
message Part { required int32 n = 1; optional string s = 2; extend Set { optional Part part = 1000; } }
message Holder { optional Set set = 1; }
`;
writeFileSync(join(temporary, "t.proto"), source);
const setFile = join(temporary, "t.binpb");
execFileSync(protoc, ["-I", temporary, `--descriptor_set_out=${setFile}`, "t.proto"]);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, new Uint8Array(readFileSync(setFile))));
const typeOf = (name: string): DescMessage => registry.getMessage(`t.${name}`)!;

/** What the reference makes of a message: its text, and the required fields that it misses. */
function decode(type: string, bytes: Uint8Array): { isValid: boolean; text: string; missing: string[] } {
  const { status, stdout, stderr } = spawnSync(protoc, [`--descriptor_set_in=${setFile}`, `--decode=t.${type}`], { input: bytes });
  const missing = /missing required fields:\s*(.*)/.exec(stderr.toString())?.[1]?.split(", ") ?? [];
  return { isValid: status === 0, text: stdout.toString(), missing: missing.map((path) => path.trim()) };
}

function missingIn(type: string, bytes: Uint8Array): string[] {
  return parse(bytes, typeOf(type), { registry })
    .diagnostics()
    .filter(({ code }) => code === "required-missing")
    .map(({ path }) => path);
}

const bytesOf = (...parts: readonly (number | readonly number[])[]): number[] => parts.flat();
const int = (number: number, value: number): number[] => [...varint(number * 8), ...varint(value)];
const len = (number: number, ...parts: readonly number[][]): number[] => [
  ...varint(number * 8 + 2),
  ...varint(parts.flat().length),
  ...parts.flat(),
];
const group = (number: number, ...parts: readonly number[][]): number[] => [
  ...varint(number * 8 + 3),
  ...parts.flat(),
  ...varint(number * 8 + 4),
];
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one === other ? 0 : 1;
}

const a = int(1, 1);
const b = len(2, [0x62]);

describe("required fields", () => {
  test.each<[string, string, number[], string[]]>([
    ["of the outermost message", "Req", [], ["a", "b"]],
    ["of a message that is there", "Top", bytesOf(int(3, 0), len(1)), ["req.a", "req.b"]],
    ["of one of several in a list", "Req", bytesOf(a, b, len(4, a, b), len(4, a)), ["list[1].b"]],
    ["of a group", "Req", bytesOf(a, b, group(8)), ["g.z"]],
    ["that a later occurrence has", "Top", bytesOf(int(3, 0), len(1, a), len(1, b)), []],
    ["that an earlier occurrence has", "Top", bytesOf(int(3, 0), len(1, a, b), len(1)), []],
    ["that no occurrence has", "Top", bytesOf(int(3, 0), len(1, a), len(1, a)), ["req.b"]],
    ["merged two levels down", "Top", bytesOf(int(3, 0), len(2, int(3, 0), len(1, a)), len(2), len(2, len(1, b))), []],
    ["of a member that another clears", "Req", bytesOf(a, b, len(6), int(7, 1)), []],
    ["of a member that comes again after it was cleared", "Req", bytesOf(a, b, len(6, a), int(7, 1), len(6, b)), ["x.a"]],
    ["not split over the elements of a list", "Req", bytesOf(a, b, len(4, a), len(4, b)), ["list[0].b", "list[1].a"]],
    ["set to a number that its closed enum lacks", "Top", int(3, 99), ["closed"]],
    ["more than 31 of them", "Many", Array.from({ length: 39 }, (_, at) => int(at + 1, 1)).flat(), ["f40"]],
    ["all of more than 31", "Many", Array.from({ length: 40 }, (_, at) => int(at + 1, 1)).flat(), []],
  ])("are missed as protoc misses them: %s", (_, type, bytes, expected) => {
    const input = Uint8Array.from(bytes);
    expect(missingIn(type, input).map((path) => path.replace(/~\d+/g, ""))).toEqual(expected);
    expect(new Set(decode(type, input).missing)).toEqual(new Set(expected));
  });

  test("have the path of the map entry whose value misses them", () => {
    expect(missingIn("Req", Uint8Array.from(bytesOf(a, b, len(5, len(1, [0x6b]), len(2, a)))))).toEqual(['by["k"].b']);
  });

  test("have the path of the occurrence that would end their absence", () => {
    expect(missingIn("Top", Uint8Array.from(bytesOf(int(3, 0), len(1, a), len(1, a))))).toEqual(["req~2.b"]);
  });

  test("are missed as protoc misses them in random messages", () => {
    const { req } = fc.letrec<{ req: number[]; part: number[] }>((tie) => ({
      part: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(a, b, int(7, 1), int(1, 2)),
        tie("req").map((inside) => len(3, inside)),
        tie("req").map((inside) => len(4, inside)),
        tie("req").map((inside) => len(6, inside)),
        fc.constantFrom(group(8), group(8, int(1, 1))),
      ),
      req: fc.array(tie("part"), { maxLength: 5 }).map((parts) => parts.flat()),
    }));
    fc.assert(
      fc.property(req, (bytes) => {
        const input = Uint8Array.from(bytes);
        // Our indices count per occurrence of the message around a list, theirs over all that are merged.
        const plain = (paths: readonly string[]): string[] => paths.map((path) => path.replace(/~\d+|\[\d+\]/g, "")).toSorted(compare);
        expect(plain(missingIn("Req", input))).toEqual(plain(decode("Req", input).missing));
      }),
      { numRuns: Number(process.env["WIRE_RUNS"] ?? 250) },
    );
  });
});

describe("what a reader makes of a record", () => {
  const n = (value: number): number[] => int(2, value);
  const key = len(1, [0x6b]);
  test.each<[string, number[], string, string[], string]>([
    [
      "a number of a merged message that a later occurrence sets",
      bytesOf(len(1, n(1)), len(1, n(2))),
      "sub.n",
      ["overwritten by 0x06: the last one wins"],
      "sub { n: 2 }",
    ],
    [
      "two levels down",
      bytesOf(len(1, len(1, n(1))), len(1, len(1, n(2)))),
      "sub.sub.n",
      ["overwritten by 0x0a: the last one wins"],
      "sub { sub { n: 2 } }",
    ],
    [
      "the message that is merged",
      bytesOf(len(1, n(1)), len(1, int(3, 1))),
      "sub",
      ["one of 2 that are merged: 0x00–0x03, 0x04–0x07"],
      "sub { n: 1 closed: ONE }",
    ],
    [
      "a member of a oneof before another",
      bytesOf(len(6, n(1)), int(7, 1), len(6, int(3, 1))),
      "x",
      ["cleared by 0x04: another member of o"],
      "x { closed: ONE }",
    ],
    [
      "the other member before the first comes again",
      bytesOf(len(6, n(1)), int(7, 1), len(6, int(3, 1))),
      "y",
      ["cleared by 0x06: another member of o"],
      "x { closed: ONE }",
    ],
    [
      "the member that comes again",
      bytesOf(len(6, n(1)), int(7, 1), len(6, int(3, 1))),
      "x~2",
      ["not in ascending order"],
      "x { closed: ONE }",
    ],
    ["what is in a member that was cleared", bytesOf(len(6, n(1)), int(7, 1), len(6, n(2))), "x.n", [], "x { n: 2 }"],
    [
      "members that are merged",
      bytesOf(len(6, n(1)), len(6, int(3, 1))),
      "x",
      ["one of 2 that are merged: 0x00–0x03, 0x04–0x07"],
      "x { n: 1 closed: ONE }",
    ],
    ["a number before one that a closed enum lacks", bytesOf(int(3, 1), int(3, 99)), "closed", [], "closed: ONE 3: 99"],
    [
      "a number that a closed enum lacks",
      bytesOf(int(3, 1), int(3, 99)),
      "closed~2",
      ["Closed is closed and has no 99: kept as an unknown field"],
      "closed: ONE 3: 99",
    ],
    ["a oneof before a number that its closed enum lacks", bytesOf(int(7, 1), int(8, 99)), "y", [], "y: 1 8: 99"],
    [
      "an entry whose closed enum lacks the number",
      bytesOf(len(5, key, int(2, 1)), len(5, key, int(2, 99))),
      'by["k"]~2',
      ["Closed is closed and has no 99: the whole entry is an unknown field"],
      'by { key: "k" value: ONE } 5 { 1: "k" 2: 99 }',
    ],
    [
      "the entry before it",
      bytesOf(len(5, key, int(2, 1)), len(5, key, int(2, 99))),
      'by["k"]',
      [],
      'by { key: "k" value: ONE } 5 { 1: "k" 2: 99 }',
    ],
    [
      "a field that an entry does not have",
      len(9, key, len(2, n(1)), int(3, 7)),
      'map["k"]#3',
      ["dropped: a map entry has no field 3"],
      'map { key: "k" value { n: 1 } }',
    ],
    [
      "a value message that comes twice in an entry",
      len(9, key, len(2, n(1)), len(2, int(3, 1))),
      'map["k"]#2',
      ["one of 2 that are merged: 0x05–0x08, 0x09–0x0c"],
      'map { key: "k" value { n: 1 closed: ONE } }',
    ],
    ["several runs", bytesOf(len(4, [1]), len(4, [2])), "packed", ["one of 2 runs, read one after another"], "packed: 1 packed: 2"],
    [
      "runs with other fields in between",
      bytesOf(len(4, [1]), n(1), len(4, [2])),
      "packed",
      ["one of 2 runs, read one after another · with other fields in between"],
      "n: 1 packed: 1 packed: 2",
    ],
    [
      "a run beside single elements",
      bytesOf(len(4, [1]), int(4, 2)),
      "packed",
      ["packed and unpacked records, read in order"],
      "packed: 1 packed: 2",
    ],
  ])("%s", (_, bytes, path, expected, text) => {
    const input = Uint8Array.from(bytes);
    const index = parse(input, typeOf("Opt"), { registry });
    expect(recordNotes(index, index.find(path)!).map((note) => note.text)).toEqual(expected);
    expect(decode("Opt", input).text.replace(/\s+/g, " ").trim()).toBe(text);
  });
});

describe("a MessageSet", () => {
  const typeId = int(2, 1000);
  const content = len(3, int(1, 5));
  const set = (...items: readonly number[][]): Uint8Array => Uint8Array.from(len(1, ...items));
  test.each<[string, Uint8Array, string[]]>([
    ["type id first", set(group(1, typeId, content)), ["set.item[0].message.n = 5"]],
    ["out of order", set(group(1, content, typeId)), ["set.item[0].message.n = 5"]],
    ["two type ids", set(group(1, typeId, int(2, 7), content)), ["set.item[0].message.n = 5"]],
    ["two messages", set(group(1, typeId, content, len(3, int(1, 6)))), ["set.item[0].message.n = 5", "set.item[0].message~2 = 08 06"]],
    ["an unknown type id", set(group(1, int(2, 7), content)), ["set.item[0].message = 08 05"]],
    ["no type id", set(group(1, content)), ["set.item[0].message = 08 05"]],
    ["a field of the extension's number", set(len(1000, int(1, 5))), ["set[t.Part.part].n = 5"]],
  ])("reads its items: %s", (_, bytes, expected) => {
    const index = parse(bytes, typeOf("Holder"), { registry });
    for (const line of expected) {
      const [path, text] = line.split(" = ") as [string, string];
      expect(valueText(index, index.find(path)!).text).toBe(text);
    }
    expect(decode("Holder", bytes).isValid).toBe(index.validation().isValid);
  });

  test("is broken where protoc finds it broken", () => {
    const item = fc.array(
      fc.constantFrom(
        typeId,
        content,
        int(2, 7),
        int(2, 0),
        len(3, [0x0a]),
        len(3, int(2, 1)),
        len(3, len(2, [0xff])),
        int(4, 1),
        len(3, len(2, [9]), int(1, 1)),
        group(5, typeId),
      ),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            item.map((parts) => group(1, ...parts)),
            fc.constantFrom(len(1000, [0x08]), len(1000, int(1, 5)), int(1000, 1)),
          ),
          { maxLength: 3 },
        ),
        (items) => {
          const bytes = set(...items);
          const theirs = decode("Holder", bytes);
          expect({ bytes: Buffer.from(bytes).toString("hex"), isValid: validate(bytes, typeOf("Holder"), { registry }).isValid }).toEqual({
            bytes: Buffer.from(bytes).toString("hex"),
            isValid: theirs.isValid,
          });
        },
      ),
      { numRuns: Number(process.env["WIRE_RUNS"] ?? 250) },
    );
  });
});
