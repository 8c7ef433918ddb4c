import { decodeDocument, printText } from "@rpcdeck/schema";
import { contentFromBytes, parse, valueLines } from "@rpcdeck/wire";
import { expect, test } from "vitest";
import { compareWithProtoc } from "./compare-protoc.ts";
import { testMessages } from "./conformance.ts";

test("reads 2,000 random and mutated messages as protoc does, or says why not", async () => {
  const { compared, accepted, rejected, values, unexplained } = await compareWithProtoc({ runs: 2000, seed: 1 });
  expect(unexplained).toEqual([]);
  expect(compared).toBe(2000);
  // Neither of them by accident: about half are refused, and what is accepted says something.
  expect(Math.min(accepted, rejected)).toBeGreaterThan(700);
  expect(values).toBeGreaterThan(3000);
});

// Seeds 13110 and 19363: an item without a message, which protoc drops, so that its set is empty, and the tree shows.
test.each([13_110, 19_363])("explains a MessageSet that protoc shows empty: seed %i", async (seed) => {
  const { compared, unexplained, explained } = await compareWithProtoc({ runs: 1, seed });
  expect(compared).toBe(1);
  expect(unexplained).toEqual([]);
  expect([...explained.keys()]).toContain("tree: MessageSet");
});

const registry = testMessages();
const proto2 = registry.getMessage("protobuf_test_messages.proto2.TestAllTypesProto2")!;

test.each([
  // map_string_nested_enum, a closed enum, whose numbers are -1 to 2; behind it optional_int32: 5.
  ["unknown alone", "ca0405 0a0161 1063 0805", ["optional_int32: 5", '#73#1: "a"', "#73#2: 99"]],
  ["unknown behind a known one", "ca0407 0a0161 1001 1063 0805", ["optional_int32: 5", '#73#1: "a"', "#73#2: 99"]],
  ["known behind an unknown one", "ca0407 0a0161 1063 1001 0805", ["optional_int32: 5", 'map_string_nested_enum["a"]: BAR']],
  ["unknown without a key", "ca0402 1063 0805", ["optional_int32: 5", '#73#1: ""', "#73#2: 99"]],
])("takes a map entry for unknown by its last value: %s", (_, text, wanted) => {
  const bytes = Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
  expect(valueLines(contentFromBytes(parse(bytes, proto2)).content).map((line) => `${line.path}: ${line.text}`)).toEqual(wanted);
  const { message, problems } = decodeDocument(proto2, registry, bytes);
  expect(problems).toEqual([]);
  expect(printText(message, registry)).toContain("optional_int32: 5\n");
  expect(printText(message, registry).includes("map_string_nested_enum")).toBe(wanted.some((line) => line.startsWith("map")));
});
