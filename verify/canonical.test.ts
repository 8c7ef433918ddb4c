import { fromBinary, toBinary, type DescMessage } from "@bufbuild/protobuf";
import {
  compareCanonical,
  contentFromMessage,
  encodeMessage,
  parse,
  type CanonicalDifference,
  type EncodedRecord,
  type WireIndex,
  type WireLevel,
} from "@rpcdeck/wire";
import { expect, test } from "vitest";
import { testMessages } from "./conformance.ts";
import { createRandom } from "./random.ts";
import { mutate, randomMessage } from "./random-message.ts";

const registry = testMessages();
const types = [...registry].filter((type): type is DescMessage => type.kind === "message" && !type.typeName.startsWith("google."));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const everyReason = [
  "bits-dropped",
  "bool-not-0-or-1",
  "cleared",
  "default",
  "duplicate-key",
  "empty-run",
  "entry-default",
  "entry-unknown",
  "length-follows",
  "length-overlong",
  "merged",
  "order",
  "overwritten",
  "packing",
  "tag-overlong",
  "unknown-spelling",
  "varint-overlong",
];

/** Random bytes of the corpus types, some of them changed, as protobuf-es reads them: undefined where it refuses them. */
function* messages(runs: number) {
  for (let seed = 1; seed <= runs; seed++) {
    const random = createRandom(seed);
    const type = types[seed % types.length]!;
    const given = randomMessage(type, random, registry);
    yield { seed, type, bytes: random.oneIn(4) ? mutate(given, random) : given };
  }
}

test("writes what protobuf-es writes, and knows where each value is", () => {
  let compared = 0;
  for (const { seed, type, bytes } of messages(4000)) {
    let message;
    let wanted: string;
    try {
      message = fromBinary(type, bytes);
      wanted = hex(toBinary(type, message));
    } catch {
      // Neither what it cannot read nor what lacks a required field is a message to write.
      continue;
    }
    const encoded = encodeMessage(contentFromMessage(type, message));
    expect({ seed, bytes: hex(encoded.bytes) }).toEqual({ seed, bytes: wanted });
    const index = parse(encoded.bytes, type);
    // protobuf-es keeps unknown varints of more than ten bytes, which no reader can read.
    if (!index.validation().isValid) continue;
    expectSpans(index, index.root, encoded.records);
    compared++;
  }
  expect(compared).toBeGreaterThan(1500);
});

test("the differences to the canonical bytes, put in place, make the canonical bytes; those have none", () => {
  const reasons = new Set<string>();
  let compared = 0;
  for (const { seed, type, bytes } of messages(6000)) {
    const comparison = compareCanonical(bytes, type, { registry });
    if (comparison.kind !== "compared") {
      expect([seed, comparison.kind, parse(bytes, type, { registry }).validation().isValid]).toEqual([seed, "invalid", false]);
      continue;
    }
    compared++;
    for (const { reason, text } of comparison.differences) {
      expect(text).not.toBe("");
      reasons.add(reason);
    }
    expect({ seed, bytes: hex(patched(bytes, comparison.bytes, comparison.differences)) }).toEqual({ seed, bytes: hex(comparison.bytes) });
    expect({ seed, again: compareCanonical(comparison.bytes, type, { registry }) }).toEqual({
      seed,
      again: { kind: "compared", bytes: comparison.bytes, differences: [] },
    });
  }
  expect(compared).toBeGreaterThan(3000);
  expect([...reasons].toSorted()).toEqual(everyReason);
});

function patched(given: Uint8Array, canonical: Uint8Array, differences: readonly CanonicalDifference[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const difference of differences) {
    expect(difference.given.start).toBeGreaterThanOrEqual(at);
    parts.push(given.subarray(at, difference.given.start), canonical.subarray(difference.canonical.start, difference.canonical.end));
    at = difference.given.end;
  }
  return Buffer.concat([...parts, given.subarray(at)]);
}

function expectSpans(index: WireIndex, level: WireLevel, records: readonly EncodedRecord[]): void {
  expect([records.map(({ path }) => path), hex(index.bytes)]).toEqual([
    Array.from({ length: level.count }, (_, at) => index.pathOf(index.record(level, at)!)),
    hex(index.bytes),
  ]);
  for (const [at, { path, start, valueStart, end, inside, isUnknown }] of records.entries()) {
    const record = index.record(level, at)!;
    expect({ path, start, valueStart, end }).toEqual({
      path: index.pathOf(record),
      start: record.start,
      valueStart: record.valueStart,
      end: record.end,
    });
    const below = isUnknown || (inside.length === 0 && record.field?.message === undefined) ? undefined : index.children(record);
    if (below !== undefined) expectSpans(index, below, inside);
  }
}
