// What failed, by name, out of the JSON reports of the test runners: repeated at the end of a run, where a log is read first.

/** One test that did not pass. `reason` is the first line of its error, without colours. */
export interface Failure {
  name: string;
  reason: string;
}

interface VitestReport {
  testResults: readonly {
    name: string;
    status: string;
    message: string;
    assertionResults: readonly { fullName: string; status: string; failureMessages: readonly string[] | null }[];
  }[];
}

interface PlaywrightSuite {
  file: string;
  suites?: readonly PlaywrightSuite[];
  specs: readonly {
    title: string;
    file: string;
    line: number;
    tests: readonly { status: string; results: readonly { error?: { message?: string } }[] }[];
  }[];
}

/** Failures of a Vitest JSON report; a file that could not even be loaded counts by its name. */
export function vitestFailures(report: VitestReport, root: string): Failure[] {
  return report.testResults.flatMap((file) => {
    const name = file.name.startsWith(`${root}/`) ? file.name.slice(root.length + 1) : file.name;
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && file.status === "failed") return [{ name, reason: firstLine(file.message) }];
    return failed.map((test) => ({ name: `${name} > ${test.fullName}`, reason: firstLine(test.failureMessages?.[0] ?? "") }));
  });
}

/** Failures of a Playwright JSON report, tests that passed only when tried again included. */
export function playwrightFailures(report: { suites: readonly PlaywrightSuite[]; errors?: readonly { message?: string }[] }): Failure[] {
  const ofRun = (report.errors ?? []).map((error) => ({ name: "the run itself", reason: firstLine(error.message ?? "") }));
  return [...ofRun, ...report.suites.flatMap(suiteFailures)];
}

function suiteFailures(suite: PlaywrightSuite): Failure[] {
  const own = suite.specs.flatMap((spec) =>
    spec.tests
      .filter((test) => test.status === "unexpected" || test.status === "flaky")
      .map((test) => ({
        name: `${spec.file}:${String(spec.line)} > ${spec.title}${test.status === "flaky" ? " (passed when tried again)" : ""}`,
        reason: firstLine(test.results.find((result) => result.error !== undefined)?.error?.message ?? ""),
      })),
  );
  return [...own, ...(suite.suites ?? []).flatMap(suiteFailures)];
}

function firstLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the escape character is what starts a colour
  const plain = text.replace(/\u001B\[[0-9;]*m/g, "");
  return (
    plain
      .split("\n")
      .map((line) => line.trim())
      .find((line) => line !== "") ?? "no message"
  );
}
