import { expect, test } from "vitest";
import { hexOf } from "./hex-of.ts";

test.each<[number[], string | undefined, string]>([
  [[], undefined, ""],
  [[0], undefined, "00"],
  [[0x0a, 0xff, 0x10], undefined, "0a ff 10"],
  [[0x0a, 0xff, 0x10], "", "0aff10"],
])("writes %j with %j in between", (bytes, separator, expected) => {
  expect(hexOf(Uint8Array.from(bytes), separator)).toBe(expected);
});
