import { expect, test } from "vitest";
import { rowForKey } from "./row-keys.ts";

const place = { at: 5, count: 20, pageRows: 8 };

test.each([
  ["ArrowDown", 6],
  ["ArrowUp", 4],
  ["Home", 0],
  ["End", 19],
  ["PageDown", 13],
  ["PageUp", 0],
  ["Enter", undefined],
  ["constructor", undefined],
])("%s goes to row %j of a list", (key, row) => {
  expect(rowForKey(key, place)).toBe(row);
});

test("stays in the list, begins with its first row, and goes nowhere in an empty one", () => {
  expect(rowForKey("ArrowDown", { ...place, at: 19 })).toBe(19);
  expect(rowForKey("ArrowDown", { ...place, at: -1 })).toBe(0);
  expect(rowForKey("ArrowUp", { ...place, at: -1 })).toBe(0);
  expect(rowForKey("End", { at: -1, count: 0, pageRows: 8 })).toBeUndefined();
});
