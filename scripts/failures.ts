// What failed, by name, out of the JSON reports of the test runners: repeated at the end of a run, where a log is read first.

/** One test that did not pass. `reason` is what its error says, on one line, without colours. */
export interface Failure {
  name: string;
  reason: string;
}

/** A failure as lines of a log; `printedFailures` finds them again. */
export function printFailure({ name, reason }: Failure): string {
  return `failed: ${name}\n  ${reason}`;
}

/** The failures that a run printed, as it printed them. */
export function printedFailures(output: string): string[] {
  return [...output.matchAll(/^failed: .*\n {2}.*$/gmu)].map(([lines]) => lines);
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
    if (failed.length === 0 && file.status === "failed") return [{ name, reason: reasonOf(file.message) }];
    return failed.map((test) => ({ name: `${name} > ${test.fullName}`, reason: reasonOf(test.failureMessages?.[0] ?? "") }));
  });
}

/** Failures of a Playwright JSON report, tests that passed only when tried again included. */
export function playwrightFailures(report: { suites: readonly PlaywrightSuite[]; errors?: readonly { message?: string }[] }): Failure[] {
  const ofRun = (report.errors ?? []).map((error) => ({ name: "the run itself", reason: reasonOf(error.message ?? "") }));
  return [...ofRun, ...report.suites.flatMap(suiteFailures)];
}

function suiteFailures(suite: PlaywrightSuite): Failure[] {
  const own = suite.specs.flatMap((spec) =>
    spec.tests
      .filter((test) => test.status === "unexpected" || test.status === "flaky")
      .map((test) => ({
        name: `${spec.file}:${String(spec.line)} > ${spec.title}${test.status === "flaky" ? " (passed when tried again)" : ""}`,
        reason: reasonOf(test.results.find((result) => result.error !== undefined)?.error?.message ?? ""),
      })),
  );
  return [...own, ...(suite.suites ?? []).flatMap(suiteFailures)];
}

/** The first line of an error and, where it shows a difference, what was there in place of what was expected. */
function reasonOf(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the escape character is what starts a colour
  const plain = text.replace(/\u001B\[[0-9;]*m/g, "");
  const lines = plain.split("\n").map((line) => line.trim());
  const first = lines.find((line) => line !== "") ?? "no message";
  const received = lines.filter((line) => /^\+ {2,}/.test(line)).slice(0, 3);
  return [first, ...received.map((line) => line.replace(/^\+ +/, ""))].join(" | ");
}
