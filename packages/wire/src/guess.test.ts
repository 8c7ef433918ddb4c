import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { guessLen } from "./guess.ts";
import { parse } from "./parse.ts";
import { readings } from "./readings.ts";
import type { WireLevel } from "./wire-index.ts";

const text = (value: string) => new TextEncoder().encode(value);

test.each<[string, Uint8Array, string]>([
  ["hi", text("hi"), "string"],
  ["PLAYERGROUP", text("PLAYERGROUP"), "string"],
  ["image.png", text("image.png"), "string"],
  ["lalaalala", text("lalaalala"), "string"],
  ["updateMask", text("updateMask"), "string"],
  ["an empty value", text(""), "string"],
  ["one letter", text("a"), "string"],
  ["one byte", Uint8Array.of(0x80), "bytes"],
  ["text with line breaks", text("first\nsecond\n"), "string"],
  ["text beyond ASCII", text("Zoë 李家豪"), "string"],
  ["a varint field", Uint8Array.of(8, 0x96, 1), "message"],
  ["a text field", Uint8Array.of(0x0a, 2, 0x68, 0x69), "message"],
  ["a group with an end tag of another inside", Uint8Array.of(0x1b, 0x9c, 1, 0x30, 0x5b, 0x1c), "bytes"],
  ["a group with a field 0 inside", Uint8Array.of(0x1b, 0, 0x5b, 0x1c), "bytes"],
  ["random bytes", Uint8Array.of(0xff, 0xfe, 0x00, 0x17), "bytes"],
])("takes %s for what it is", (_, bytes, chosen) => {
  expect(guessLen(bytes, 0, bytes.length).chosen).toBe(chosen);
});

/** Field 1 of field 2, or field 1 itself, for each value. */
function messageOf(values: readonly Uint8Array[], isNested: boolean): Uint8Array {
  return Uint8Array.from(
    values.flatMap((value) => {
      const record = [0x0a, value.length, ...value];
      return isNested ? [0x12, record.length, ...record] : record;
    }),
  );
}

const bytesOf = (...values: number[]) => Uint8Array.from(values);
const ten = (value: Uint8Array) => Array.from({ length: 10 }, () => value);

test.each<[string, Uint8Array[], string[]]>([
  ["a text that parses, among messages", [text("hi"), bytesOf(8, 1)], ["message", "message"]],
  [
    "a text with a line break that parses, among texts",
    [text("\n\t_order_by"), text("order"), text("limit by")],
    ["string", "string", "string"],
  ],
  ["a broken message among ten", [...ten(bytesOf(8, 1)), bytesOf(8)].slice(0, 11), [...ten(bytesOf()).map(() => "message"), "message"]],
  ["a text with a control character", [text("one"), text("two"), text("bell \u0007")], ["string", "string", "string"]],
  ["a text among nine blobs", [...ten(bytesOf(0xff, 0x17)), text("abc")], [...ten(bytesOf()).map(() => "bytes"), "bytes"]],
  ["an empty one among messages", [bytesOf(8, 1), bytesOf()], ["message", "message"]],
  ["values that do not agree", [text("some text"), bytesOf(8, 1), bytesOf(0xff)], ["string", "message", "bytes"]],
])("judges the values of one field together: %s", (_, values, expected) => {
  for (const isNested of [false, true]) {
    const index = parse(messageOf(values, isNested));
    const chosen = values.map((__, at) => {
      const occurrence = at === 0 ? "" : `~${at + 1}`;
      return index.guess(index.find(isNested ? `#2${occurrence}#1` : `#1${occurrence}`)!)?.chosen;
    });
    expect(chosen).toEqual(expected);
  }
});

test("says how many values it has looked at", () => {
  const index = parse(messageOf([text("hi"), bytesOf(8, 1)], false));
  expect(readings(index, index.find("#1")!)[0]).toMatchObject({ as: "message", why: "no schema · 2 of 2 values of this field parse" });
  expect(readings(index, index.find("#1")!)[1]).toMatchObject({ as: "string", isRunnerUp: true });
});

test("looks at a sample of very many values, and not at all when there are too many fields", () => {
  const many = parse(
    messageOf(
      Array.from({ length: 100_000 }, () => bytesOf(8, 1)),
      false,
    ),
  );
  expect(many.guess(many.record(many.root, 99_999)!)?.pool).toMatchObject({ looked: 64 });
  // Each record has a field of its own: the search for others must not take the square of their number.
  const fields = Array.from({ length: 60_000 }, (_, at) => [...varint(((at + 1) << 3) | 2), 2, 8, 1]).flat();
  const index = parse(Uint8Array.from(fields));
  const started = performance.now();
  for (let at = 0; at < index.root.count; at++) index.children(index.record(index.root, at)!);
  expect(performance.now() - started).toBeLessThan(5000);
});

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

test("reads the strings and messages of a descriptor set as what they are", () => {
  const bytes = new Uint8Array(readFileSync(join(import.meta.dirname, "../../../verify/corpus/test-messages.binpb")));
  const typed = parse(bytes, FileDescriptorSetSchema);
  const untyped = parse(bytes);
  const misread: string[] = [];
  let [strings, messages] = [0, 0];
  const visit = (known: WireLevel, guessed: WireLevel): void => {
    for (let at = 0; at < known.count; at++) {
      const record = typed.record(known, at)!;
      const other = untyped.record(guessed, at)!;
      const chosen = untyped.guess(other)?.chosen;
      const isMessage = record.field?.message !== undefined;
      if (record.field === undefined || record.wireType !== 2 || record.valueStart === record.end) continue;
      if (isMessage) messages++;
      else if (record.field.type === "string") strings++;
      if (isMessage ? chosen !== "message" : record.field.type === "string" && chosen !== "string") misread.push(typed.pathOf(record));
      const [inside, below] = [typed.children(record), untyped.children(other)];
      if (inside?.kind === "message" && below?.kind === "message") visit(inside, below);
    }
  };
  visit(typed.root, untyped.root);
  expect(misread).toEqual([]);
  expect([strings, messages]).toEqual([2927, 1812]);
});

test("judges values in groups and in messages of one number apart, whichever is looked at first", () => {
  const group = [0x0b, 0x0a, 2, 0x68, 0x69, 0x0a, 2, 8, 1, 0x0c];
  const message = [0x0a, 8, 0x0a, 2, 0x68, 0x69, 0x0a, 2, 0xff, 0x41];
  const bytes = bytesOf(...group, ...message);
  const chosenBy = (order: readonly number[]): string[] => {
    const index = parse(bytes);
    const chosen: string[] = [];
    for (const at of order) {
      const holder = index.record(index.root, at);
      const inside = holder === undefined ? undefined : index.children(holder);
      for (let item = 0; inside !== undefined && item < inside.count; item++) {
        const record = index.record(inside, item);
        if (record !== undefined) chosen[at * 2 + item] = index.guess(record)?.chosen ?? "none";
      }
    }
    return chosen;
  };
  expect(chosenBy([0, 1])).toEqual(["message", "message", "string", "bytes"]);
  expect(chosenBy([1, 0])).toEqual(chosenBy([0, 1]));
});
