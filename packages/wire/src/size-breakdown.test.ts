import { create, toBinary } from "@bufbuild/protobuf";
import { PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "./parse.ts";
import { createBreakdown, sizeBreakdown } from "./size-breakdown.ts";

test("adds up tags, lengths and values by path", () => {
  const bytes = toBinary(PersonSchema, create(PersonSchema, { name: "ann", phones: [{ number: "1", type: 1 }, { number: "22" }] }));
  const entries = sizeBreakdown(parse(bytes, PersonSchema));
  expect(entries).toEqual([
    { path: "phones", count: 2, tagBytes: 2, lengthBytes: 2, valueBytes: 0, totalBytes: 13 },
    { path: "phones.number", count: 2, tagBytes: 2, lengthBytes: 2, valueBytes: 3, totalBytes: 7 },
    { path: "name", count: 1, tagBytes: 1, lengthBytes: 1, valueBytes: 3, totalBytes: 5 },
    { path: "phones.type", count: 1, tagBytes: 1, lengthBytes: 0, valueBytes: 1, totalBytes: 2 },
  ]);
});

test("accounts for every byte of any input", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.constantFrom(undefined, PersonSchema, KitchenSinkProto2Schema), (bytes, type) => {
      const entries = sizeBreakdown(parse(bytes, type));
      expect(entries.reduce((sum, entry) => sum + entry.tagBytes + entry.lengthBytes + entry.valueBytes, 0)).toBe(bytes.length);
    }),
    { numRuns: 2000 },
  );
});

test("gives the same breakdown in slices of any size, and no path holds less than what is in it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 1, max: 30 }), (bytes, slice) => {
      const breakdown = createBreakdown(bytes, KitchenSinkProto2Schema);
      while (!breakdown.isDone) breakdown.run(slice);
      const entries = breakdown.entries();
      expect(entries).toEqual(sizeBreakdown(parse(bytes, KitchenSinkProto2Schema)));
      expect(breakdown.position).toBe(bytes.length);
      for (const { path, totalBytes } of entries) {
        const inside = entries.filter(
          (entry) => entry.path === path || entry.path.startsWith(`${path}.`) || entry.path.startsWith(`${path}#`),
        );
        expect(totalBytes).toBe(inside.reduce((sum, entry) => sum + entry.tagBytes + entry.lengthBytes + entry.valueBytes, 0));
      }
    }),
    { numRuns: 2000 },
  );
});
