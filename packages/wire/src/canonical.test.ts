import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import type { DescMessage } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { compareCanonical } from "./canonical.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** `reason path given>canonical` of each difference, and the canonical bytes. */
function compare(text: string, type: DescMessage | "no type" = PersonSchema): [bytes: string, ...differences: string[]] {
  const comparison = compareCanonical(bytesOf(text), type === "no type" ? undefined : type);
  if (comparison.kind !== "compared") throw new Error(comparison.kind);
  return [
    Buffer.from(comparison.bytes).toString("hex"),
    ...comparison.differences.map(
      ({ reason, path, given, canonical }) => `${reason} ${path} ${given.start}-${given.end}>${canonical.start}-${canonical.end}`,
    ),
  ];
}

test("finds nothing in what an encoder writes", () => {
  expect(compare("0a0161 1007")).toEqual(["0a01611007"]);
  expect(compare("")).toEqual([""]);
});

test.each<[string, string, string[]]>([
  [
    "an overlong tag, length and varint",
    "8a00 8100 61 108700",
    ["0a01611007", "tag-overlong name 0-2>0-1", "length-overlong name 2-4>1-2", "varint-overlong id 6-8>4-5"],
  ],
  ["a value that a later one overwrites", "0a0161 0a0162", ["0a0162", "overwritten name 0-3>0-0"]],
  ["a default that need not be sent", "1000 0a0161", ["0a0161", "default id 0-2>0-0"]],
  ["fields out of order", "1007 0a0161", ["0a01611007", "order name 0-0>0-3", "order name 2-5>5-5"]],
  ["an unknown field in front", "9a0600 0a0161", ["0a01619a0600", "order name 0-0>0-3", "order name 3-6>6-6"]],
  [
    "messages that are merged",
    "2a020801 2a021002",
    ["2a0408011002", "length-follows last_updated 1-2>1-2", "merged last_updated~2.nanos 4-4>4-6", "merged last_updated~2 4-8>6-6"],
  ],
  [
    "a map entry without its value",
    "42030a0161",
    ["42050a01611200", 'length-follows labels["a"] 1-2>1-2', 'entry-default labels["a"] 5-5>5-7'],
  ],
  ["the second entry of a key", "42060a0161120178 42060a0161120179", ["42060a0161120179", 'duplicate-key labels["a"] 0-8>0-0']],
  ["a bool of 2", "3002", ["3001", "bool-not-0-or-1 email_optin 1-2>1-2"]],
  ["more bits than an int32 has", "10ffffffff1f", ["10ffffffffffffffffff01", "bits-dropped id 1-6>1-11"]],
])("says why %s is not canonical", (_, text, wanted) => {
  expect(compare(text)).toEqual(wanted);
});

test("says that a list is not packed as declared", () => {
  expect(compare("4001 4002", KitchenSinkProto2Schema)).toEqual([
    "42020102",
    "packing packed[0] 0-2>0-0",
    "packing packed[1] 2-4>0-0",
    "packing packed[0] 4-4>0-4",
  ]);
  expect(compare("4a020102", KitchenSinkProto2Schema)).toEqual([
    "48014802",
    "packing plain 0-4>0-0",
    "packing plain[0] 4-4>0-2",
    "packing plain[1] 4-4>2-4",
  ]);
});

test("compares bytes without a schema by their tags, lengths and numbers alone", () => {
  expect(compare("8a00 8200 6869 0b 0a0161 108100 0c", "no type")).toEqual([
    "0a026869" + "0b0a016110010c",
    "tag-overlong #1 0-2>0-1",
    "length-overlong #1 2-4>1-2",
    "unknown-spelling #1~2 7-14>5-11",
  ]);
});

test("does not compare what is no message, or too long", () => {
  expect(compareCanonical(bytesOf("0a0561"), PersonSchema)).toMatchObject({
    kind: "invalid",
    finding: { code: "length-past-end", offset: 1 },
  });
  expect(compareCanonical(new Uint8Array(1024 * 1024 + 1))).toEqual({ kind: "too-large", limit: 1024 * 1024 });
});
