import fc from "fast-check";
import { expect, test } from "vitest";
import type { ReadAs } from "./inspect-input.ts";
import { printSource } from "./print-source.ts";
import { readSource } from "./read-source.ts";

const none = { desc: undefined, registry: undefined };

test("writes any bytes so that they are read back the same", () => {
  const notations: (ReadAs | undefined)[] = ["hex", "hex-dump", "escapes", "base64", "protoscope", "text", "connect-get", undefined];
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.constantFrom(...notations), (bytes, wanted) => {
      const { text, readAs } = printSource(bytes, wanted);
      expect(readSource({ kind: "text", text }, readAs, none)).toMatchObject({ bytes: Uint8Array.from(bytes), readAs });
    }),
  );
});

test("keeps the notation where it can, and falls back to hex", () => {
  const bytes = Uint8Array.from([0x0a, 3, 0x41, 0x64, 0x61, 0x10, 7]);
  for (const [wanted, text] of [
    ["hex", "0a 03 41 64 61 10 07"],
    ["hex-dump", "00000000  0a 03 41 64 61 10 07"],
    ["escapes", String.raw`\012\003\101\144\141\020\007`],
    ["base64", "CgNBZGEQBw"],
    ["protoscope", '1: {"Ada"}\n2: 7\n'],
  ] as const) {
    expect(printSource(bytes, wanted)).toEqual({ text, readAs: wanted });
  }
  expect(printSource(Uint8Array.of(0xff), "text")).toEqual({ text: "ff", readAs: "hex" });
  expect(printSource(bytes, "connect-get").readAs).toBe("hex");
  expect(printSource(bytes, "text-format").readAs).toBe("hex");
});
