/** Names offered at most. */
const maxMatches = 5;

/**
 * Known names that somebody who wrote `name` may have meant, the nearest first: the same last part, a part of it, or a few letters apart.
 * For error messages only.
 */
export function nearMatches(name: string, known: readonly string[]): readonly string[] {
  if (name === "") return [];
  const wanted = name.toLowerCase().slice(0, 200);
  const wantedLast = lastPart(wanted);
  const scored: { readonly candidate: string; readonly score: number }[] = [];
  for (const candidate of known) {
    const text = candidate.toLowerCase();
    const last = lastPart(text);
    const score =
      text === wanted || last === wantedLast
        ? 0
        : text.includes(wanted) || (wantedLast.length > 2 && last.includes(wantedLast)) || (last.length > 2 && wantedLast.includes(last))
          ? 1
          : Math.min(distance(text, wanted), distance(last, wantedLast) + 1);
    if (score <= Math.max(2, Math.floor(wantedLast.length / 3))) scored.push({ candidate, score });
  }
  return scored
    .toSorted((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, maxMatches)
    .map(({ candidate }) => candidate);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** Levenshtein distance, cut at lengths where it does not matter any more. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 4) return 99;
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    before = row;
  }
  return before[b.length] ?? 99;
}
