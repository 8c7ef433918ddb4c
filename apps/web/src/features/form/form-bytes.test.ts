// What an edit does to the bytes, judged by packages/wire: one leaf is another, and nothing else but the lengths around it.
import { createRegistry, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { file_rpcdeck_demo_v1_kitchen_sink, KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import {
  file_rpcdeck_demo_v1_kitchen_sink_editions,
  KitchenSinkEditionsSchema,
} from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_editions_pb.ts";
import {
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  KitchenSinkProto2Schema,
} from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import {
  decodeDocument,
  encodeDocument,
  type Field,
  type Item,
  isMessageValue,
  itemTypeOf,
  type MessageValue,
  parseJson,
  printMessage,
  reconcile,
  sameMessage,
  sameScalar,
  type Step,
  updateIn,
  withItemOfStep,
} from "@rpcdeck/schema";
import { parse, type WireIndex, type WireLevel } from "@rpcdeck/wire";
import fc from "fast-check";
import { expect, test } from "vitest";

const registry = createRegistry(
  file_rpcdeck_demo_v1_kitchen_sink,
  file_rpcdeck_demo_v1_kitchen_sink_proto2,
  file_rpcdeck_demo_v1_kitchen_sink_editions,
);
const schemas: readonly DescMessage[] = [KitchenSinkSchema, KitchenSinkProto2Schema, KitchenSinkEditionsSchema];

const concat = (...parts: readonly (readonly number[])[]): number[] => parts.flat();

function varint(value: bigint, extra: number): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  } while (left > 0n);
  for (let count = Math.min(extra, 10 - bytes.length); count > 0; count--) bytes.push(0x80);
  bytes.push(bytes.pop()! & 0x7f);
  return bytes;
}

/** Overlong in one of five cases. */
const extra = fc.constantFrom(0, 0, 0, 0, 1);
const tag = (number: number, wireType: number, longer: number) => varint(BigInt((number << 3) | wireType), longer);
const delimited = (number: number, content: fc.Arbitrary<number[]>) =>
  fc.tuple(content, extra, extra).map(([bytes, a, b]) => concat(tag(number, 2, a), varint(BigInt(bytes.length), b), bytes));

const unknown = fc.oneof(
  fc
    .tuple(fc.constantFrom(900, 901), fc.nat(300), extra)
    .map(([number, value, more]) => concat(tag(number, 0, 0), varint(BigInt(value), more))),
  delimited(902, fc.array(fc.nat(255), { maxLength: 4 })),
);

function scalarBytes(field: Field): { wireType: number; bytes: fc.Arbitrary<number[]> } {
  if (field.enum !== undefined) {
    const numbers = field.enum.open ? [0, 1, 5, -1, 77] : field.enum.values.map(({ number }) => number);
    return { wireType: 0, bytes: fc.tuple(fc.constantFrom(...numbers), extra).map(([number, more]) => varint(BigInt(number), more)) };
  }
  switch (field.scalar) {
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return { wireType: 1, bytes: fc.array(fc.nat(255), { minLength: 8, maxLength: 8 }) };
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return { wireType: 5, bytes: fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }) };
    case ScalarType.STRING:
      return { wireType: 2, bytes: fc.string({ maxLength: 6 }).map((text) => [...new TextEncoder().encode(text)]) };
    case ScalarType.BYTES:
      return { wireType: 2, bytes: fc.array(fc.nat(255), { maxLength: 6 }) };
    default:
      return { wireType: 0, bytes: fc.tuple(fc.nat(5000), extra).map(([value, more]) => varint(BigInt(value), more)) };
  }
}

function single(number: number, field: Field, depth: number): fc.Arbitrary<number[]> {
  if (field.message !== undefined) {
    const content = message(field.message, depth + 1);
    const type = itemTypeOf(field);
    if (type.kind !== "message" || !type.delimited) return delimited(number, content);
    return content.map((bytes) => concat(tag(number, 3, 0), bytes, tag(number, 4, 0)));
  }
  const { wireType, bytes } = scalarBytes(field);
  if (wireType === 2) return delimited(number, bytes);
  return fc.tuple(bytes, extra).map(([value, more]) => concat(tag(number, wireType, more), value));
}

function record(field: Field, depth: number): fc.Arbitrary<number[]> {
  if (field.fieldKind === "map") {
    const key = { ...field, message: undefined, enum: undefined, scalar: field.mapKey, fieldKind: "scalar" } as unknown as Field;
    const parts = fc.array(fc.oneof(single(1, key, depth), single(2, field, depth), unknown), { maxLength: 4 });
    return delimited(
      field.number,
      parts.map((all) => all.flat()),
    );
  }
  const { wireType, bytes } = scalarBytes(field);
  if (field.fieldKind !== "list" || field.message !== undefined || wireType === 2) return single(field.number, field, depth);
  const packed = delimited(
    field.number,
    fc.array(bytes, { maxLength: 4 }).map((all) => all.flat()),
  );
  return fc.oneof(packed, single(field.number, field, depth));
}

function message(desc: DescMessage, depth = 0): fc.Arbitrary<number[]> {
  // Few fields, so that they come several times.
  const fields = desc.fields.filter((field) => depth < 3 || field.message === undefined);
  if (fields.length === 0) return fc.constant([]);
  return fc
    .subarray(fields, { minLength: 1, maxLength: Math.min(4, fields.length) })
    .chain((chosen) => fc.array(fc.oneof(...chosen.map((field) => record(field, depth)), unknown), { maxLength: depth === 0 ? 8 : 4 }))
    .map((records) => records.flat());
}

const documents = fc
  .constantFrom(...schemas)
  .chain((desc) => fc.record({ desc: fc.constant(desc), bytes: message(desc).map((all) => Uint8Array.from(all)) }));

interface Leaf {
  readonly steps: readonly Step[];
  readonly field: Field;
  readonly index: number | undefined;
  readonly item: Item;
}

function leavesOf(tree: MessageValue, steps: readonly Step[] = []): Leaf[] {
  return [...tree.fields.values()].flatMap(({ field, value }) => {
    const items = value.kind === "single" ? [value.item] : value.kind === "list" ? value.items : value.entries.map((entry) => entry.value);
    return items.flatMap((item, at) => {
      const index = value.kind === "single" ? undefined : at;
      return isMessageValue(item) ? leavesOf(item, [...steps, { field, index }]) : [{ steps, field, index, item }];
    });
  });
}

function another(field: Field, item: Item): Item {
  if (typeof item === "number")
    return field.enum === undefined
      ? Object.is(item, 7)
        ? 300
        : 7
      : (field.enum.values.find(({ number }) => number !== item)?.number ?? 7);
  if (typeof item === "bigint") return item === 7n ? 300n : 7n;
  if (typeof item === "boolean") return !item;
  if (typeof item === "string") return item === "longer than it was" ? "" : "longer than it was";
  return Uint8Array.of(1, 2, 3);
}

const setLeaf = (tree: MessageValue, { steps, field, index }: Leaf, item: Item) =>
  updateIn(tree, steps, (outer) => withItemOfStep(outer, { field, index }, item));

/** What is wrong with `after` being `before` with one leaf changed; undefined for nothing. */
function wrongWith(before: WireIndex, after: WireIndex, a: WireLevel = before.root, b: WireLevel = after.root): string | undefined {
  const bytesOf = (index: WireIndex, level: WireLevel, at: number) => {
    const found = index.record(level, at)!;
    return index.bytes.subarray(found.start, found.end);
  };
  const differing = Array.from({ length: Math.max(a.count, b.count) }, (_, at) => at).filter(
    (at) => at >= a.count || at >= b.count || !sameScalar(bytesOf(before, a, at), bytesOf(after, b, at)),
  );
  const [at] = differing;
  if (at === undefined) return "nothing changed";
  if (differing.length > 1) return `${differing.length} records changed`;
  // A map entry without a value gets one.
  if (b.count === a.count + 1 && at === a.count && a.table?.isMapEntry === true) return undefined;
  if (a.count !== b.count) return "there are more or fewer records";
  const [old, next] = [before.record(a, at)!, after.record(b, at)!];
  const tagOf = ({ bytes }: WireIndex, start: number) => {
    let end = start;
    while (bytes[end]! >= 0x80) end++;
    return bytes.subarray(start, end + 1);
  };
  if (a.kind === "packed") return undefined;
  if (!sameScalar(tagOf(before, old.start), tagOf(after, next.start))) return "the tag changed";
  const [inside, insideNext] = [before.children(old), after.children(next)];
  return inside === undefined || insideNext === undefined ? undefined : wrongWith(before, after, inside, insideNext);
}

test("an edit of one leaf changes that leaf and the lengths around it, whatever the bytes", () => {
  let edited = 0;
  fc.assert(
    fc.property(documents, fc.nat(), ({ desc, bytes }, choice) => {
      const tree = decodeDocument(desc, registry, bytes).message;
      const leaves = leavesOf(tree);
      const leaf = leaves[choice % Math.max(1, leaves.length)];
      if (leaf === undefined) return;
      edited++;
      expect(encodeDocument(setLeaf(tree, leaf, leaf.item))).toEqual(bytes);
      const changed = setLeaf(tree, leaf, another(leaf.field, leaf.item));
      const after = encodeDocument(changed);
      expect(wrongWith(parse(bytes, desc, { registry }), parse(after, desc, { registry }))).toBeUndefined();
      const read = decodeDocument(desc, registry, after).message;
      expect(sameMessage(read, changed)).toBe(true);
      // And back: the value is what it was, although a needlessly long varint is not.
      expect(sameMessage(decodeDocument(desc, registry, encodeDocument(setLeaf(read, leaf, leaf.item))).message, tree)).toBe(true);
    }),
    { numRuns: 3000 },
  );
  expect(edited).toBeGreaterThan(2000);
});

test("a text that says the same leaves every byte as it is, and one that says something else is what the bytes then say", () => {
  let read = 0;
  fc.assert(
    fc.property(documents, fc.nat(), ({ desc, bytes }, choice) => {
      const tree = decodeDocument(desc, registry, bytes).message;
      const same = parseJson(desc, registry, printMessage(tree, registry));
      if (!same.ok) return;
      read++;
      expect(encodeDocument(reconcile(tree, same.message, registry))).toEqual(bytes);
      const leaves = leavesOf(tree).filter(({ field }) => field.parent?.typeName.startsWith("rpcdeck.") === true);
      const leaf = leaves[choice % Math.max(1, leaves.length)];
      if (leaf === undefined) return;
      const text = printMessage(setLeaf(tree, leaf, another(leaf.field, leaf.item)), registry);
      const edited = parseJson(desc, registry, text);
      if (!edited.ok) throw new Error(JSON.stringify(edited.problems));
      const after = encodeDocument(reconcile(tree, edited.message, registry));
      expect(printMessage(decodeDocument(desc, registry, after).message, registry)).toBe(text);
    }),
    { numRuns: 1500 },
  );
  expect(read).toBeGreaterThan(1000);
});

test("a message that becomes any other says what the other says", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...schemas).chain((desc) => fc.tuple(fc.constant(desc), message(desc), message(desc))),
      ([desc, one, other]) => {
        const [from, to] = [one, other].map((bytes) => decodeDocument(desc, registry, Uint8Array.from(bytes)).message);
        const next = reconcile(from!, to!, registry);
        expect(sameMessage(next, to!)).toBe(true);
        const read = decodeDocument(desc, registry, encodeDocument(next));
        expect(sameMessage(read.message, to!)).toBe(true);
      },
    ),
    { numRuns: 3000 },
  );
});
