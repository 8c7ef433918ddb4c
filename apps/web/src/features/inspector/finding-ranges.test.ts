import { validate, type Finding, type Severity } from "@rpcdeck/wire";
import { expect, test } from "vitest";
import { createFindingRanges } from "./finding-ranges.ts";

const finding = (offset: number, severity: Severity): Finding => ({ code: "tag-overlong", severity, offset, expected: "", found: "" });

const ranges = createFindingRanges({
  isValid: false,
  recordCount: 9,
  findings: [finding(4, "note"), finding(9, "error"), finding(9, "warning"), finding(2, "error")],
  findingCount: 12,
  counts: { error: 3, warning: 1, note: 8 },
  depth: 0,
});

test("lists findings by offset, also those that were found later", () => {
  expect(ranges.list.map(({ offset, severity }) => `${offset} ${severity}`)).toEqual(["2 error", "4 note", "9 error", "9 warning"]);
  expect(ranges).toMatchObject({ total: 12, counts: { error: 3, warning: 1, note: 8 } });
});

test.each<[start: number, end: number, expected: readonly [error: number, warning: number, note: number]]>([
  [0, 100, [2, 1, 1]],
  [0, 2, [0, 0, 0]],
  [2, 3, [1, 0, 0]],
  [3, 9, [0, 0, 1]],
  [4, 10, [1, 1, 1]],
  [10, 100, [0, 0, 0]],
  [9, 9, [0, 0, 0]],
])("counts the findings in %i–%i", (start, end, [error, warning, note]) => {
  expect(ranges.within({ start, end })).toEqual({ error, warning, note });
});

test.each([
  [0, 0],
  [2, 0],
  [3, 1],
  [9, 2],
  [10, 4],
])("finds the first finding from offset %i", (offset, expected) => {
  expect(ranges.firstFrom(offset)).toBe(expected);
});

test("counts all findings of a message that has more than are kept", () => {
  const bytes = new Uint8Array(30_000).map((_, at) => [0x08, 0x81, 0x00][at % 3] ?? 0);
  const many = createFindingRanges(validate(bytes));
  expect(many.list).toHaveLength(1000);
  expect(many).toMatchObject({ total: 10_000, counts: { error: 0, warning: 0, note: 10_000 } });
});
