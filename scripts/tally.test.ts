import { expect, test } from "vitest";
import { sumOf, tallyOf } from "./tally.ts";

test("takes the last line of totals", () => {
  expect(tallyOf("unit: 3 passed, 1 failed\nmore\n12 passed, 0 failed, 2 skipped\n", 0)).toEqual({ passed: 12, failed: 0, skipped: 2 });
  expect(tallyOf("grpc: 5 passed, 0 failed (1.0 s)\nconformance: 9 passed, 2 failed\n", 1)).toEqual({ passed: 9, failed: 2, skipped: 0 });
});

test("counts failures even where the run ends well", () => {
  expect(tallyOf("9 passed, 2 failed", 0)).toEqual({ passed: 9, failed: 2, skipped: 0 });
});

test("counts a run that ends badly as failed, whatever it printed", () => {
  expect(tallyOf("9 passed, 0 failed", 1)).toEqual({ passed: 9, failed: 1, skipped: 0 });
  expect(tallyOf("Segmentation fault", 139)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("counts a run without a line of totals as failed", () => {
  expect(tallyOf("all is well", 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("sums runs, and none to nothing", () => {
  const tallies = [tallyOf("9 passed, 0 failed, 1 skipped", 0), tallyOf("1 passed, 2 failed", 1)];
  expect(sumOf(tallies)).toEqual({ passed: 10, failed: 2, skipped: 1 });
  expect(sumOf([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
});
