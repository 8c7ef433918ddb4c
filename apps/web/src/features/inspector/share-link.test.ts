import fc from "fast-check";
import { expect, test } from "vitest";
import { maxSharedBytes, readSharedFragment, sharedFragment, type SharedInput } from "./share-link.ts";

const plain = { typeName: "", framing: "none", encoding: "", codec: "proto", readAs: "hex", look: {} } as const;

test("brings back what was shared, and how it was looked at", () => {
  const look = fc.record(
    {
      path: fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }),
      show: fc.constantFrom("json", "sizes", "readers"),
      frame: fc.integer({ min: 2, max: 100_000 }),
      sent: fc.constant(true as const),
    },
    { requiredKeys: [] },
  );
  const shared = fc.record({
    bytes: fc.uint8Array({ maxLength: 300 }),
    typeName: fc.constantFrom("", "pb.Person", "a.b.C"),
    framing: fc.constantFrom("none", "grpc", "delimited"),
    encoding: fc.constantFrom("", "gzip"),
    codec: fc.constantFrom("proto", "json"),
    readAs: fc.constantFrom("hex", "base64", "protoscope", "escapes", "hex-dump", "text"),
    look,
  }) satisfies fc.Arbitrary<SharedInput>;
  fc.assert(
    fc.property(shared, (input) => {
      const fragment = sharedFragment(input);
      expect(fragment).toMatch(/^bytes=[\w-]*&/);
      const expected = { ...input, bytes: Uint8Array.from(input.bytes), look: { ...input.look } };
      expect(readSharedFragment(`#${fragment}`)).toEqual(expected);
      // A router on the way may undo the escapes.
      expect(readSharedFragment(decodeURIComponent(fragment ?? ""))).toEqual(expected);
    }),
  );
});

test("reads links of earlier versions, and writes the same ones where nothing was chosen", () => {
  const old = "bytes=CgNBZGEQBw&type=pb.Person&framing=none";
  const input = readSharedFragment(`#${old}`);
  expect(input).toEqual({ ...plain, bytes: Uint8Array.from([0x0a, 3, 0x41, 0x64, 0x61, 0x10, 7]), typeName: "pb.Person" });
  expect(input && sharedFragment(input)).toBe(old);
});

test("holds up to 64 KiB, given and taken", () => {
  expect(sharedFragment({ ...plain, bytes: new Uint8Array(maxSharedBytes) })).toBeDefined();
  expect(sharedFragment({ ...plain, bytes: new Uint8Array(maxSharedBytes + 1) })).toBeUndefined();
  expect(readSharedFragment(`bytes=${"A".repeat(Math.ceil(((maxSharedBytes + 2) * 4) / 3))}`)).toBeUndefined();
  const long = sharedFragment({ ...plain, bytes: Uint8Array.of(8), look: { path: `labels["${"k".repeat(5000)}"]`, show: "sizes" } });
  expect(long).toBe("bytes=CA&framing=none&show=sizes");
});

test("takes nothing from a fragment of somebody else, and nothing it does not know", () => {
  expect(readSharedFragment("")).toBeUndefined();
  expect(readSharedFragment("#section")).toBeUndefined();
  expect(readSharedFragment("#bytes=%%%")).toBeUndefined();
  const odd = "#bytes=CgA&framing=what&codec=xml&notation=morse&frame=-3&sent=1&path=%%%&show=all";
  expect(readSharedFragment(odd)).toEqual({ ...plain, bytes: Uint8Array.of(0x0a, 0) });
});
