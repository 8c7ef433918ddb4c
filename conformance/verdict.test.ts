import { expect, test } from "vitest";
import { readVerdict } from "./verdict.ts";

test("reads what passed and what failed", () => {
  expect(readVerdict("FAILED: a\n\nTotal cases: 5\n4 passed, 1 failed\n", 1)).toEqual({ passed: 4, failed: 1 });
});

test("counts cases that could not be run as failed, which the runner does not", () => {
  const output = "Total cases: 3\n3 passed, 0 failed\nAnother 7 could not be run due to client timing out or exiting prematurely.\n";
  expect(readVerdict(output, 0)).toEqual({ passed: 3, failed: 7 });
});

test("counts a runner that failed or said nothing as one failure", () => {
  expect(readVerdict("Total cases: 3\n3 passed, 0 failed\n", 1)).toEqual({ passed: 3, failed: 1 });
  expect(readVerdict("no test cases apply to current configuration", 0)).toEqual({ passed: 0, failed: 1 });
});
