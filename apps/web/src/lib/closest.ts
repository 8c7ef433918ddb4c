/** The candidate that somebody who typed `word` most likely meant, whole or only its beginning; undefined when none is near. Case does not count. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const limit = Math.min(Math.ceil(wanted.length / 3), wanted.length - 1);
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of candidates) {
    const distance = editsToPrefix(wanted, candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Least number of letters changed, added or left out that makes `word` a beginning of `text`. */
function editsToPrefix(word: string, text: string): number {
  let row = Array.from({ length: text.length + 1 }, (_, index) => index);
  for (let i = 1; i <= word.length; i++) {
    const next = [i];
    for (let j = 1; j <= text.length; j++) {
      const change = (row[j - 1] ?? 0) + (word[i - 1] === text[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(...row);
}
