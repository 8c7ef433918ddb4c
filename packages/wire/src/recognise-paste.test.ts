import fc from "fast-check";
import { expect, test } from "vitest";
import { recognisePaste } from "./recognise-paste.ts";

const show = (bytes: Uint8Array | undefined) => Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, "0")).join(" ");

test.each<[string, string, string]>([
  ["0a 03 61 6e 6e", "hex", "0a 03 61 6e 6e"],
  ["0a03616e6e", "hex", "0a 03 61 6e 6e"],
  ["0x0a, 0x3, 0x61", "hex", "0a 03 61"],
  ["{0x0A,0x03}", "hex", "0a 03"],
  ["\\x0a\\x03", "hex", "0a 03"],
  ["8 1 10", "hex", "08 01 10"],
  [
    "00000000: 0a03 616e 6e10 0300 0000 0000 0000 0000  ..ann...........\n00000010: 0102                                     ..",
    "hex-dump",
    "0a 03 61 6e 6e 10 03 00 00 00 00 00 00 00 00 00 01 02",
  ],
  [
    "00000000  0a 03 61 6e 6e 10 03 00  00 00 00 00 00 00 00 00  |..ann...........|\n00000010  01 02                                             |..|\n00000012",
    "hex-dump",
    "0a 03 61 6e 6e 10 03 00 00 00 00 00 00 00 00 00 01 02",
  ],
  ['"\\n\\003ann"', "escapes", "0a 03 61 6e 6e"],
  ["\\202}\\000", "escapes", "82 7d 00"],
  ["CgNhbm4=", "base64", "0a 03 61 6e 6e"],
  ["CgNhbm4", "base64", "0a 03 61 6e 6e"],
  ['1: {"ann"}', "protoscope", "0a 03 61 6e 6e"],
  ["héllo", "text", "68 c3 a9 6c 6c 6f"],
  ["", "text", ""],
])("reads %j as %s", (text, format, bytes) => {
  const [first] = recognisePaste(text);
  expect([first?.format, show(first?.bytes)]).toEqual([format, bytes]);
});

test("offers the other readings too", () => {
  expect(recognisePaste("deadbeef").map(({ format }) => format)).toEqual(["hex", "base64", "text"]);
});

test("never throws", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("0", "a", "\\", "x", ":", " ", "{", "}", "`", '"', "=", "\n") })),
      (text) => {
        expect(recognisePaste(text).at(-1)?.format).toBe("text");
      },
    ),
    { numRuns: 2000 },
  );
});
