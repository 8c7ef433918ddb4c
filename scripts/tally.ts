/** How many claims of a run held. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * What a run says of itself: its last line with `N passed, N failed`, perhaps with `, N skipped`. A run that ended with another code than 0
 * failed at least once, whatever it printed, and so did one that printed no such line.
 */
export function tallyOf(output: string, exitCode: number): Tally {
  const lines = [...output.matchAll(/(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/gu)];
  const [, passed, failed, skipped] = lines.at(-1) ?? [];
  const leastFailed = exitCode === 0 && passed !== undefined ? 0 : 1;
  return { passed: Number(passed ?? 0), failed: Math.max(Number(failed ?? 0), leastFailed), skipped: Number(skipped ?? 0) };
}

/** All of them together. */
export function sumOf(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
    skipped: tallies.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}
