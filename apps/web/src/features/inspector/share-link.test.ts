import fc from "fast-check";
import { expect, test } from "vitest";
import { maxSharedBytes, readSharedFragment, sharedFragment } from "./share-link.ts";

test("brings back what was shared", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom("", "pb.Person", "a.b.C"),
      fc.constantFrom("none", "grpc", "delimited"),
      fc.constantFrom("", "gzip"),
      (bytes, typeName, framing, encoding) => {
        const fragment = sharedFragment({ bytes, typeName, framing, encoding });
        expect(fragment).toMatch(/^bytes=[\w-]*&/);
        const read = readSharedFragment(`#${fragment}`);
        expect(read).toEqual({ bytes: Uint8Array.from(bytes), typeName, framing, encoding });
      },
    ),
  );
});

test("holds up to 64 KiB, given and taken", () => {
  const rest = { typeName: "", framing: "none", encoding: "" } as const;
  expect(sharedFragment({ bytes: new Uint8Array(maxSharedBytes), ...rest })).toBeDefined();
  expect(sharedFragment({ bytes: new Uint8Array(maxSharedBytes + 1), ...rest })).toBeUndefined();
  expect(readSharedFragment(`bytes=${"A".repeat(Math.ceil(((maxSharedBytes + 2) * 4) / 3))}`)).toBeUndefined();
});

test("takes nothing from a fragment of somebody else", () => {
  expect(readSharedFragment("")).toBeUndefined();
  expect(readSharedFragment("#section")).toBeUndefined();
  expect(readSharedFragment("#bytes=%%%")).toBeUndefined();
  expect(readSharedFragment("#bytes=CgA&framing=what")?.framing).toBe("none");
});
