/** What the suite's runner counted. */
export interface Verdict {
  readonly passed: number;
  /** Cases that failed and cases that could not be run; at least 1 when the runner itself failed. */
  readonly failed: number;
}

/** Reads the end of the runner's report: `N passed, N failed`, and perhaps `Another N could not be run ...`. */
export function readVerdict(output: string, exitCode: number): Verdict {
  const counts = /^(\d+) passed, (\d+) failed/mu.exec(output);
  const notRun = Number(/^Another (\d+) could not be run/mu.exec(output)?.[1] ?? 0);
  const failed = Number(counts?.[2] ?? 0) + notRun;
  return { passed: Number(counts?.[1] ?? 0), failed: Math.max(failed, exitCode === 0 && counts !== null ? 0 : 1) };
}
