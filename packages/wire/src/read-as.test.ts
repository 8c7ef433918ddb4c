import { create, createRegistry, toBinary, type DescMessage, type Registry } from "@bufbuild/protobuf";
import { AnySchema, TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createDoc } from "./wire-doc.ts";
import { edit } from "./edit.ts";
import { fieldPathOf } from "./field-path.ts";
import { fromProtoscope } from "./from-protoscope.ts";
import { parse } from "./parse.ts";
import { canReadAs, parseReadAs, scalarReadingsOf, type ReadAs } from "./read-as.ts";
import { readings } from "./readings.ts";
import { toProtoscope } from "./to-protoscope.ts";
import { valueText } from "./value-text.ts";
import type { WireIndex, WireLevel } from "./wire-index.ts";

const hex = (text: string) => Uint8Array.from(text.trim().split(/\s+/).filter(Boolean), (byte) => Number.parseInt(byte, 16));

/** Every record as `path = value`, depth first. */
function list(index: WireIndex): string[] {
  const lines: string[] = [];
  const visit = (level: WireLevel): void => {
    for (let at = 0; at < level.count; at++) {
      const record = index.record(level, at)!;
      const inside = index.children(record);
      lines.push(`${index.pathOf(record)} = ${inside === undefined ? valueText(index, record).text : inside.kind}`);
      if (inside !== undefined) visit(inside);
    }
  };
  visit(index.root);
  return lines;
}

interface Case {
  readonly bytes: string;
  readonly readAs: readonly (readonly [string, ReadAs])[];
  readonly type?: DescMessage;
  readonly registry?: Registry;
  readonly expected: readonly string[];
}

const any = toBinary(
  AnySchema,
  create(AnySchema, { typeUrl: "x/google.protobuf.Timestamp", value: toBinary(TimestampSchema, timestampFromMs(5000)) }),
);
const anyHex = Buffer.from(any).toString("hex").replace(/../g, "$& ");

test.each<[string, Case]>([
  ["a number as zigzag", { bytes: "08 03", readAs: [["#1", "sint32"]], expected: ["#1 = -2"] }],
  ["a number as bool", { bytes: "08 01", readAs: [["#1", "bool"]], expected: ["#1 = true"] }],
  ["four bytes as float", { bytes: "0d 00 00 c0 3f", readAs: [["#1", "float"]], expected: ["#1 = 1.5"] }],
  ["a declared number as another", { bytes: "10 03", readAs: [["id", "sint64"]], type: PersonSchema, expected: ["id = -2"] }],
  ["text as a message", { bytes: "0a 02 68 69", readAs: [["#1", "message"]], expected: ["#1 = message", "#1#13 = 105"] }],
  ["a message as bytes", { bytes: "12 02 08 01", readAs: [["#2", "bytes"]], expected: ["#2 = 08 01"] }],
  [
    "a declared message as bytes",
    { bytes: "2a 02 08 01", readAs: [["last_updated", "bytes"]], type: PersonSchema, expected: ["last_updated = 08 01"] },
  ],
  ["a message as text", { bytes: "12 02 09 41", readAs: [["#2", "string"]], expected: ['#2 = "\\tA"'] }],
  [
    "bytes as a packed run",
    { bytes: "12 03 01 ac 02", readAs: [["#2", "packed sint32"]], expected: ["#2 = packed", "#2[0] = -1", "#2[1] = 150"] },
  ],
  [
    "declared bytes as a packed run",
    {
      bytes: "4a 08 00 00 80 3f 00 00 00 40",
      readAs: [["photo", "packed float"]],
      type: PersonSchema,
      expected: ["photo = packed", "photo[0] = 1", "photo[1] = 2"],
    },
  ],
  [
    "a declared run as another",
    {
      bytes: "42 02 01 02",
      readAs: [["packed", "packed sint32"]],
      type: KitchenSinkProto2Schema,
      expected: ["packed = packed", "packed[0] = -1", "packed[1] = 1"],
    },
  ],
  [
    "the elements of a declared run",
    {
      bytes: "42 02 01 02",
      readAs: [["packed[]", "bool"]],
      type: KitchenSinkProto2Schema,
      expected: ["packed = packed", "packed[0] = true", "packed[1] = true"],
    },
  ],
  [
    "a second occurrence too",
    {
      bytes: "12 01 03 12 02 05 07",
      readAs: [["#2", "packed sint32"]],
      expected: ["#2 = packed", "#2[0] = -2", "#2~2 = packed", "#2~2[0] = -3", "#2~2[1] = -4"],
    },
  ],
  [
    "all items of a declared list",
    {
      bytes: "d2 01 01 03 d2 01 02 05 07",
      readAs: [["chunks", "packed sint32"]],
      type: KitchenSinkSchema,
      expected: ["chunks[0] = packed", "chunks[0][0] = -2", "chunks[1] = packed", "chunks[1][0] = -3", "chunks[1][1] = -4"],
    },
  ],
  [
    "a field of all items of a list",
    {
      bytes: "22 04 0a 02 08 01 22 04 0a 02 08 02",
      readAs: [["phones.number", "message"]],
      type: PersonSchema,
      expected: [
        "phones[0] = message",
        "phones[0].number = message",
        "phones[0].number#1 = 1",
        "phones[1] = message",
        "phones[1].number = message",
        "phones[1].number#1 = 2",
      ],
    },
  ],
  [
    "the values of a map",
    {
      bytes: "42 07 0a 01 61 12 02 08 01",
      readAs: [["labels.value", "message"]],
      type: PersonSchema,
      expected: ['labels["a"] = message', 'labels["a"]#1 = "a"', 'labels["a"]#2 = message', 'labels["a"]#2#1 = 1'],
    },
  ],
  [
    "a stream",
    {
      bytes: "0a 06 02 08 01 02 08 02",
      readAs: [["#1", "stream"]],
      expected: ["#1 = stream", "#1[0] = message", "#1[0]#1 = 1", "#1[1] = message", "#1[1]#1 = 2"],
    },
  ],
  ["a map entry", { bytes: "0a 05 0a 01 61 10 05", readAs: [["#1", "map entry"]], expected: ["#1 = message", '#1#1 = "a"', "#1#2 = 5"] }],
  [
    "an Any",
    {
      bytes: `0a ${any.length.toString(16)} ${anyHex}`,
      readAs: [["#1", "any"]],
      registry: createRegistry(TimestampSchema),
      expected: ["#1 = message", '#1.type_url = "x/google.protobuf.Timestamp"', "#1.value = message", "#1.value.seconds = 5"],
    },
  ],
  [
    "a message of a known type",
    {
      bytes: "0a 02 10 05",
      readAs: [["#1", "message pb.Person"]],
      registry: createRegistry(PersonSchema),
      expected: ["#1 = message", "#1.id = 5"],
    },
  ],
  [
    "a choice for another wire type, which is passed over",
    { bytes: "08 03 0a 01 61", readAs: [["#1", "double"]], expected: ["#1 = 3", '#1~2 = "a"'] },
  ],
])("reads %s as chosen", (_, { bytes, readAs, type, registry, expected }) => {
  const index = parse(hex(bytes), type, { readAs: new Map(readAs), ...(registry !== undefined && { registry }) });
  expect(list(index)).toEqual(expected);
  for (const [path] of readAs) {
    const chosen = list(index)
      .map((line) => index.find(line.split(" = ")[0]!)!)
      .find((record) => fieldPathOf(record) === path);
    if (chosen !== undefined && index.choice(chosen) !== undefined) {
      expect(readings(index, chosen)[0]).toMatchObject({ isChosen: true, readAs: index.choice(chosen) });
    }
  }
  const back = fromProtoscope(toProtoscope(index));
  expect("bytes" in back && Buffer.from(back.bytes).toString("hex")).toBe(Buffer.from(index.bytes).toString("hex"));
});

test("says who chose, and keeps the declared reading beside it", () => {
  const index = parse(hex("10 03"), PersonSchema, { readAs: new Map([["id", "sint32"]]) });
  const [chosen, ...others] = readings(index, index.find("id")!);
  expect(chosen).toMatchObject({ as: "sint32", text: "-2", why: "your choice · zigzag" });
  expect(others.find(({ as }) => as === "int32")).toMatchObject({ text: "3", why: "as declared" });
});

test.each<[string, string, DescMessage, ReadAs, string, string]>([
  ["a string", "0a 02 68 69", PersonSchema, "message", "string", "as declared · valid UTF-8 · 2 characters"],
  ["a message", "2a 02 08 01", PersonSchema, "bytes", "message", "as declared · google.protobuf.Timestamp"],
  ["a packed run", "42 01 07", KitchenSinkProto2Schema, "bytes", "packed int32", "as declared · 1 element"],
  ["a run that is declared unpacked", "4a 01 07", KitchenSinkProto2Schema, "bytes", "packed int32", "declared unpacked · 1 element"],
])("says once how %s is declared when it is read otherwise", (_, bytes, type, chosen, as, why) => {
  const declared = parse(hex(bytes), type);
  const path = fieldPathOf(declared.record(declared.root, 0)!);
  const index = parse(hex(bytes), type, { readAs: new Map([[path, chosen]]) });
  const [first, ...others] = readings(index, index.record(index.root, 0)!);
  expect(first).toMatchObject({ readAs: chosen, why: "your choice" });
  expect(others.find((reading) => reading.as === as)?.why).toBe(why);
});

test("finds the verdict by the schema, whatever is chosen", () => {
  const index = parse(hex("0a 02 ff ff"), PersonSchema, { readAs: new Map([["name", "bytes"]]) });
  expect(index.diagnostics().map(({ code, path }) => [code, path])).toEqual([["utf8-invalid", "name"]]);
});

test("edits what a chosen stream and a chosen run hold", () => {
  const doc = createDoc(hex("0a 06 02 08 01 02 08 02 12 02 03 05"), undefined, {
    readAs: new Map<string, ReadAs>([
      ["#1", "stream"],
      ["#2", "packed sint32"],
    ]),
  });
  const streamed = edit(doc, "#1[1]#1", 300);
  expect("doc" in streamed && Buffer.from(streamed.doc.bytes()).toString("hex")).toBe("0a070208010308ac0212020305");
  const packed = edit(doc, "#2[0]", -100);
  expect("doc" in packed && Buffer.from(packed.doc.bytes()).toString("hex")).toBe("0a060208010208021203c70105");
});

const wireTypes = [0, 1, 2, 5] as const;

test("takes every choice back from its text, and no other text", () => {
  for (const wireType of wireTypes) {
    for (const type of scalarReadingsOf(wireType)) {
      expect(parseReadAs(type)).toBe(type);
      expect(parseReadAs(`packed ${type}`)).toBe(`packed ${type}`);
      for (const other of wireTypes) expect(canReadAs(other, type)).toBe(other === wireType);
      expect(canReadAs(2, `packed ${type}`)).toBe(true);
    }
  }
  for (const text of ["string", "bytes", "message", "map entry", "any", "stream", "message pb.Person"])
    expect(parseReadAs(text)).toBe(text);
  for (const text of ["", "enum", "packed", "packed string", "message ", "message 1x", "message a..b"])
    expect(parseReadAs(text)).toBeUndefined();
});

test("tiles and finds any bytes under any choices", () => {
  const choices: readonly ReadAs[] = [
    "string",
    "bytes",
    "message",
    "map entry",
    "any",
    "stream",
    "packed uint64",
    "packed float",
    "packed double",
    "sint32",
    "float",
    "double",
    "bool",
  ];
  const paths = [
    "#1",
    "#2",
    "#3",
    "#4",
    "#5",
    "#1[]",
    "#2[]",
    "name",
    "phones",
    "phones.number",
    "labels",
    "labels.value",
    "photo",
    "packed",
    "plain",
    "packed[]",
  ];
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.tuple(fc.constantFrom(...paths), fc.constantFrom(...choices)), { maxLength: 6 }),
      fc.constantFrom(undefined, PersonSchema, KitchenSinkProto2Schema),
      (bytes, chosen, type) => {
        const index = parse(bytes, type, { readAs: new Map(chosen) });
        let next = 0;
        while (next < bytes.length) {
          const part = index.partAt(next);
          if (part === undefined || part.start !== next || part.end <= next) throw new Error(`part ${part?.role} at ${next}`);
          const { record } = part;
          const found = index.find(index.pathOf(record));
          if (found?.start !== record.start || found.end !== record.end) throw new Error(`lost ${index.pathOf(record)} at ${record.start}`);
          valueText(index, record);
          if (readings(index, record).filter(({ isChosen }) => isChosen).length > 1) throw new Error("chosen twice");
          next = part.end;
        }
        const back = fromProtoscope(toProtoscope(index));
        if (!("bytes" in back) || Buffer.compare(back.bytes, bytes) !== 0) throw new Error(toProtoscope(index));
      },
    ),
    { numRuns: 3000 },
  );
});
