import { describe, expect, test } from "vitest";
import { playwrightFailures, printedFailures, printFailure, vitestFailures } from "./failures.ts";

describe("vitestFailures", () => {
  test("names failed tests by file, and files that did not load", () => {
    const report = {
      testResults: [
        {
          name: "/repo/a.test.ts",
          status: "failed",
          message: "",
          assertionResults: [
            {
              fullName: "adds numbers",
              status: "failed",
              failureMessages: ["\u001B[31mAssertionError: 1 is not 2\u001B[0m\n    at a.ts:1"],
            },
            { fullName: "does more", status: "passed", failureMessages: null },
          ],
        },
        { name: "/repo/b.test.ts", status: "failed", message: "\nCannot find module 'c'\n", assertionResults: [] },
        { name: "/repo/d.test.ts", status: "passed", message: "", assertionResults: [] },
      ],
    };
    expect(vitestFailures(report, "/repo")).toEqual([
      { name: "a.test.ts > adds numbers", reason: "AssertionError: 1 is not 2" },
      { name: "b.test.ts", reason: "Cannot find module 'c'" },
    ]);
  });
});

describe("playwrightFailures", () => {
  test("names specs in nested suites, flaky ones and errors of the run", () => {
    const spec = (title: string, status: string, message?: string) => ({
      title,
      file: "e2e/call.spec.ts",
      line: 7,
      tests: [{ status, results: message === undefined ? [{}] : [{ error: { message } }, {}] }],
    });
    const report = {
      errors: [{ message: "port 6100 is taken" }],
      suites: [
        {
          file: "e2e/call.spec.ts",
          specs: [spec("passes", "expected")],
          suites: [
            {
              file: "e2e/call.spec.ts",
              specs: [spec("breaks", "unexpected", "Error: no answer\n at"), spec("wavers", "flaky", "Error: late")],
            },
          ],
        },
      ],
    };
    expect(playwrightFailures(report)).toEqual([
      { name: "the run itself", reason: "port 6100 is taken" },
      { name: "e2e/call.spec.ts:7 > breaks", reason: "Error: no answer" },
      { name: "e2e/call.spec.ts:7 > wavers (passed when tried again)", reason: "Error: late" },
    ]);
  });
});

test("finds printed failures in a log again", () => {
  const first = printFailure({ name: "a.test.ts > adds", reason: "1 is not 2" });
  const second = printFailure({ name: "b.spec.ts:3 > opens", reason: "Timeout" });
  expect(printedFailures(`a test that failed: no\n${first}\n${second}\nfinished in 3 s\n1 passed, 2 failed\n`)).toEqual([first, second]);
  expect(printedFailures("3 passed, 0 failed")).toEqual([]);
});

test("shows what was there where the error shows a difference", () => {
  const message = 'Error: expect(received).toEqual(expected)\n\n- Expected  - 1\n+ Received  + 3\n\n- Array []\n+ Array [\n+   "one",\n+ ]';
  const suite = {
    file: "a",
    specs: [{ title: "t", file: "a", line: 1, tests: [{ status: "unexpected", results: [{ error: { message } }] }] }],
  };
  expect(playwrightFailures({ suites: [suite] })[0]?.reason).toBe('Error: expect(received).toEqual(expected) | "one",');
});
