import type { Finding, Severity, Validation } from "@rpcdeck/wire";
import type { ByteRange } from "#ui/hex-grid.tsx";

/** How many findings there are of each severity. */
export type FindingCounts = Readonly<Record<Severity, number>>;

/** The findings of one message, ready for a list and for badges on its records. */
export interface FindingRanges {
  /** In order of offset; what the check has kept, its first 1,000. */
  readonly list: readonly Finding[];
  /** Of all that were found, listed or not. */
  readonly counts: FindingCounts;
  readonly total: number;
  /** Of the listed ones that begin in a run of bytes. Takes as long as two searches, however many records there are. */
  readonly within: (range: ByteRange) => FindingCounts;
  /** Position in the list of the first finding at `offset` or behind it; the length of the list when there is none. */
  readonly firstFrom: (offset: number) => number;
}

/** Sorts and sums up the findings of a verdict, final or not. */
export function createFindingRanges({ findings, counts, findingCount }: Validation): FindingRanges {
  const list = findings.toSorted((one, other) => one.offset - other.offset);
  const sums: FindingCounts[] = [none];
  let sum = none;
  for (const { severity } of list) {
    sum = { ...sum, [severity]: sum[severity] + 1 };
    sums.push(sum);
  }
  const firstFrom = (offset: number): number => {
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((list[middle]?.offset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    list,
    counts,
    total: findingCount,
    within({ start, end }) {
      const before = sums[firstFrom(start)] ?? none;
      const upTo = sums[firstFrom(end)] ?? none;
      return {
        error: upTo.error - before.error,
        warning: upTo.warning - before.warning,
        note: upTo.note - before.note,
      };
    },
    firstFrom,
  };
}

const none: FindingCounts = { error: 0, warning: 0, note: 0 };
