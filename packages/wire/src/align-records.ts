import type { EncodedRecord } from "./encode-message.ts";
import type { WireRecord } from "./wire-index.ts";

/**
 * Pairs of positions in `given` and `written` that stand for the same record, ascending in both: as many as there can be. A written record
 * belongs to the first of its sources that is in `given` and has its wire type.
 */
export function alignRecords(
  given: readonly WireRecord[],
  written: readonly EncodedRecord[],
): (readonly [given: number, written: number])[] {
  const positions = new Map(given.map(({ start }, at) => [start, at]));
  const candidates: (readonly [given: number, written: number])[] = [];
  for (const [at, { from, wireType }] of written.entries()) {
    for (const source of from) {
      const position = positions.get(source.start);
      if (position === undefined || given[position]?.wireType !== wireType) continue;
      candidates.push([position, at]);
      break;
    }
  }
  return longestAscending(candidates);
}

/** The longest subsequence in which the first numbers ascend; the second ones do already. */
function longestAscending(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  /** Position of the pair that ends the best run of each length. */
  const tails: number[] = [];
  const before: number[] = [];
  for (const [at, [value]] of pairs.entries()) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((pairs[tails[middle] as number]?.[0] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    before[at] = low === 0 ? -1 : (tails[low - 1] as number);
    tails[low] = at;
  }
  const found: (readonly [number, number])[] = [];
  for (let at = tails.at(-1) ?? -1; at >= 0; at = before[at] as number) found.push(pairs[at] as readonly [number, number]);
  return found.toReversed();
}
