import { create, createRegistry, fromJson, toBinary, type DescMessage, type Message } from "@bufbuild/protobuf";
import * as wkt from "@bufbuild/protobuf/wkt";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { expect, test } from "vitest";
import { parse } from "./parse.ts";
import { valueText } from "./value-text.ts";
import { wellKnownRootText } from "./well-known.ts";

const json = { a: 1, b: [true, null, "x"], c: { d: -0.5 } };
const struct = fromJson(wkt.StructSchema, json);

const cases: readonly [string, DescMessage, Message, string][] = [
  ["timestamp", wkt.TimestampSchema, create(wkt.TimestampSchema, { seconds: -62_135_596_801n }), "-62135596801 s, outside years 1 to 9999"],
  ["duration", wkt.DurationSchema, create(wkt.DurationSchema, { seconds: -1n, nanos: -500_000_000 }), "-1.500 s"],
  ["duration", wkt.DurationSchema, create(wkt.DurationSchema, { seconds: -1n, nanos: 5 }), "-1 s and 5 ns, signs differ"],
  ["field_mask", wkt.FieldMaskSchema, create(wkt.FieldMaskSchema, { paths: ["a", "b.c"] }), "a, b.c"],
  ["struct", wkt.StructSchema, struct, '{"a": 1, "b": [true, null, "x"], "c": {"d": -0.5}}'],
  ["struct", wkt.StructSchema, create(wkt.StructSchema), "{}"],
  ["value", wkt.ValueSchema, fromJson(wkt.ValueSchema, [1, "two"]), '[1, "two"]'],
  ["value", wkt.ValueSchema, fromJson(wkt.ValueSchema, null), "null"],
  ["value", wkt.ValueSchema, create(wkt.ValueSchema), "no value"],
  [
    "list",
    wkt.ListValueSchema,
    fromJson(
      wkt.ListValueSchema,
      Array.from({ length: 20 }, () => 0),
    ),
    `[${"0, ".repeat(12)}…]`,
  ],
  ["string_wrapper", wkt.StringValueSchema, create(wkt.StringValueSchema, { value: "a\n" }), '"a\\n"'],
  ["int64_wrapper", wkt.Int64ValueSchema, create(wkt.Int64ValueSchema, { value: -(1n << 63n) }), "-9223372036854775808"],
  ["int64_wrapper", wkt.Int64ValueSchema, create(wkt.Int64ValueSchema), "0"],
  ["bool_wrapper", wkt.BoolValueSchema, create(wkt.BoolValueSchema, { value: true }), "true"],
  ["bool_wrapper", wkt.BoolValueSchema, create(wkt.BoolValueSchema), "false"],
  ["bytes_wrapper", wkt.BytesValueSchema, create(wkt.BytesValueSchema, { value: Uint8Array.of(1, 2) }), "2 bytes"],
  ["double_wrapper", wkt.DoubleValueSchema, create(wkt.DoubleValueSchema, { value: -0 }), "-0"],
];

test.each(cases)("reads a %s out, in a field and alone", (name, type, message, expected) => {
  const content = toBinary(type, message);
  expect(wellKnownRootText(parse(content, type))).toBe(expected);
  const number = KitchenSinkSchema.fields.find((field) => field.name === name)!.number;
  const head = [
    ((number & 0x0f) << 3) | 0x82,
    number >>> 4,
    ...(content.length < 128 ? [content.length] : [(content.length & 0x7f) | 0x80, content.length >>> 7]),
  ];
  const index = parse(Uint8Array.from([...head, ...content]), KitchenSinkSchema);
  expect(valueText(index, index.find(name)!).text).toBe(expected);
});

test("reads what an Any holds, and an Any alone by its type", () => {
  const bytes = toBinary(wkt.AnySchema, wkt.anyPack(wkt.DurationSchema, create(wkt.DurationSchema, { seconds: 3n })));
  const index = parse(bytes, wkt.AnySchema, { registry: createRegistry(wkt.DurationSchema) });
  expect(wellKnownRootText(index)).toBe("type.googleapis.com/google.protobuf.Duration");
  expect(index.find("value.seconds")).toBeDefined();
});

test("says nothing of other messages", () => {
  expect(wellKnownRootText(parse(Uint8Array.of(8, 1), KitchenSinkSchema))).toBeUndefined();
  expect(wellKnownRootText(parse(Uint8Array.of(8, 1)))).toBeUndefined();
});
