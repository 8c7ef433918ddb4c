import { create, toBinary } from "@bufbuild/protobuf";
import { AddressBookSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { KitchenSinkProto2Schema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_proto2_pb.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createWalk, validate } from "./validate.ts";

test("gives the same result in slices of any size", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(undefined, AddressBookSchema, KitchenSinkProto2Schema),
      (bytes, slice, type) => {
        const walk = createWalk(bytes, type);
        let before = -1;
        while (!walk.isDone) {
          if (walk.position <= before) throw new Error(`no progress at ${before}`);
          before = walk.position === bytes.length ? before : walk.position;
          walk.run(slice);
        }
        expect(walk.result()).toEqual(validate(bytes, type));
      },
    ),
    { numRuns: 3000 },
  );
});

test("stops where it is told and goes on from there", () => {
  const person = { name: "ann", phones: [{ number: "1" }, { number: "2" }] };
  const bytes = toBinary(AddressBookSchema, create(AddressBookSchema, { people: Array.from({ length: 1000 }, () => person) }));
  const walk = createWalk(bytes, AddressBookSchema);
  walk.run(5000);
  expect(walk.isDone).toBe(false);
  expect(walk.position).toBeGreaterThanOrEqual(5000);
  expect(walk.position).toBeLessThan(5100);
  expect(walk.result().recordCount).toBeLessThan(1000 * 6);
  walk.run(Number.POSITIVE_INFINITY);
  expect([walk.isDone, walk.position]).toEqual([true, bytes.length]);
  expect(walk.result()).toEqual(validate(bytes, AddressBookSchema));
});
