import type { ValueLine } from "./value-lines.ts";

/** A value that two readers do not agree on. */
export interface ReadingDifference {
  readonly path: string;
  /** Undefined where that reader has nothing. */
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
}

/** What two readings of the same bytes do not agree on, in the order of `ours`, then of what only `theirs` has. */
export function readingDifferences(ours: readonly ValueLine[], theirs: readonly ValueLine[]): ReadingDifference[] {
  const other = new Map(theirs.map(({ path, text }) => [path, text]));
  const own = new Set(ours.map(({ path }) => path));
  return [
    ...ours
      .filter(({ path, text }) => other.get(path) !== text)
      .map(({ path, text }): ReadingDifference => ({ path, ours: text, theirs: other.get(path) })),
    ...theirs.filter(({ path }) => !own.has(path)).map(({ path, text }): ReadingDifference => ({ path, ours: undefined, theirs: text })),
  ];
}
