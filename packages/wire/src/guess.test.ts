import { expect, test } from "vitest";
import { guessLen } from "./guess.ts";

const text = (value: string) => new TextEncoder().encode(value);

test.each<[string, Uint8Array, string]>([
  ["hi", text("hi"), "string"],
  ["PLAYERGROUP", text("PLAYERGROUP"), "string"],
  ["image.png", text("image.png"), "string"],
  ["lalaalala", text("lalaalala"), "string"],
  ["updateMask", text("updateMask"), "string"],
  ["an empty value", text(""), "string"],
  ["one letter", text("a"), "string"],
  ["one byte", Uint8Array.of(0x80), "bytes"],
  ["text with line breaks", text("first\nsecond\n"), "string"],
  ["text beyond ASCII", text("Zoë 李家豪"), "string"],
  ["a varint field", Uint8Array.of(8, 0x96, 1), "message"],
  ["a text field", Uint8Array.of(0x0a, 2, 0x68, 0x69), "message"],
  ["a group with an end tag of another inside", Uint8Array.of(0x1b, 0x9c, 1, 0x30, 0x5b, 0x1c), "bytes"],
  ["a group with a field 0 inside", Uint8Array.of(0x1b, 0, 0x5b, 0x1c), "bytes"],
  ["random bytes", Uint8Array.of(0xff, 0xfe, 0x00, 0x17), "bytes"],
])("takes %s for what it is", (_, bytes, chosen) => {
  expect(guessLen(bytes, 0, bytes.length).chosen).toBe(chosen);
});
