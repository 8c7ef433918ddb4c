import fc from "fast-check";
import { knownEncodings } from "@rpcdeck/frames";
import { expect, test } from "vitest";
import { compress, decompress } from "./compression.ts";
import { unsnappy } from "./snappy.ts";

/** Written by github.com/golang/snappy 1.0.0: one stream with a plain chunk, one with a compressed chunk that copies. */
const golden = [
  ["/wYAAHNOYVBwWQEJAAC7HxwZaGVsbG8=", "hello"],
  ["/wYAAHNOYVBwWQAiAAAEvwyjwwIccnBjZGVjayD+CAD+CAD+CAD+CADeCAAIZW5k", `${"rpcdeck ".repeat(40)}end`],
] as const;

for (const encoding of knownEncodings) {
  test(`${encoding} goes there and back, and never past the limit`, async () => {
    const bytes = new TextEncoder().encode("x".repeat(10_000));
    const small = await compress(bytes, encoding);
    expect(new Uint8Array(await decompress(small, encoding, 10_000))).toEqual(bytes);
    await expect(decompress(small, encoding, 9_999)).rejects.toMatchObject({
      code: "message_too_large",
      message: expect.stringContaining("9999"),
    });
    await expect(decompress(new Uint8Array([1, 2, 3, 4]), encoding, 100)).rejects.toMatchObject({ code: "request_malformed" });
  });
}

for (const [base64, text] of golden) {
  test(`reads snappy that Go wrote (${text.length} characters)`, async () => {
    const bytes = Buffer.from(base64, "base64");
    expect(new TextDecoder().decode(await decompress(bytes, "snappy", 1_000))).toBe(text);
    await expect(decompress(bytes, "snappy", text.length - 1)).rejects.toMatchObject({ code: "message_too_large" });
  });
}

test("broken snappy is said to be broken, whatever is broken", () => {
  const whole = Buffer.from(golden[1][0], "base64");
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      const result = unsnappy(bytes, 1_000);
      expect(result === undefined || result instanceof RangeError || result.length <= 1_000).toBe(true);
      expect(unsnappy(bytes.subarray(0, at), 1_000)).not.toBeInstanceOf(RangeError);
    }),
  );
});

test("identity and empty input are handed back, unknown encodings refused", async () => {
  const bytes = new Uint8Array([1, 2]);
  expect(await decompress(bytes, "identity", 1)).toBe(bytes);
  expect(await decompress(new Uint8Array(), "gzip", 1)).toHaveLength(0);
  await expect(decompress(bytes, "lz4", 100)).rejects.toMatchObject({ code: "unsupported_encoding" });
});
