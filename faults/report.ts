// What the long runs print: aligned tables, and one last line of totals.

/** Counts checks and says each one that does not hold. */
export interface Tally {
  /** One check; `problem` says why it does not hold. */
  check(name: string, problem: string | undefined): void;
  /** Something that could not be run here, and why. With REQUIRE_PEERS=1 it counts as failed. */
  skip(name: string, reason: string): void;
  /** Prints the totals and ends the process: 0 when something was checked and all of it holds. */
  finish(title: string): never;
}

/** An empty one. */
export function createTally(): Tally {
  let [passed, failed, skipped] = [0, 0, 0];
  return {
    check(name, problem) {
      if (problem === undefined) passed++;
      else {
        failed++;
        console.log(`  FAILED ${name}: ${problem}`);
      }
    },
    skip(name, reason) {
      console.log(`  skipped ${name}: ${reason}`);
      if (process.env["REQUIRE_PEERS"] === "1") failed++;
      else skipped++;
    },
    finish(title) {
      console.log(`${title}: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
      process.exit(failed === 0 && passed > 0 ? 0 : 1);
    },
  };
}

/** Prints a line of a table; numbers of `widths` are columns, negative ones align to the right. */
export function row(widths: readonly number[], cells: readonly string[]): void {
  const padded = cells.map((cell, at) => {
    const width = widths[at] ?? 0;
    return width < 0 ? cell.padStart(-width) : cell.padEnd(width);
  });
  console.log(padded.join("  ").trimEnd());
}

/** The value below which `share` (0 to 1) of the numbers are. 0 for none. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** `ok x29, unavailable x1`: how often each text came, the most frequent first. */
export function countTexts(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .map(([text, count]) => `${text} x${count}`)
    .join(", ");
}

/** Bytes as MiB with one decimal. */
export function mib(bytes: number): string {
  return `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}
