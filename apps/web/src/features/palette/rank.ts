/** A place in a text that a word was found at. */
export interface Match {
  readonly start: number;
  readonly end: number;
}

/** How well `text` answers `query`: every word must be in it. Higher is better; undefined where it does not. */
export function rank(text: string, query: string): { readonly score: number; readonly matches: readonly Match[] } | undefined {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const hay = text.toLowerCase();
  let score = 0;
  const matches: Match[] = [];
  for (const word of words) {
    const found = bestPlace(hay, text, word);
    if (found === undefined) return undefined;
    score += found.score;
    matches.push({ start: found.at, end: found.at + word.length });
  }
  // Of two equal hits the shorter text is meant.
  return { score: score - text.length / 1000, matches: matches.toSorted((a, b) => a.start - b.start) };
}

/** The best place of a word: the whole last part, the start of a part, the start of a hump, anywhere. */
function bestPlace(hay: string, text: string, word: string): { at: number; score: number } | undefined {
  let best: { at: number; score: number } | undefined;
  for (let at = hay.indexOf(word); at !== -1; at = hay.indexOf(word, at + 1)) {
    const before = text[at - 1];
    const startsPart = before === undefined || /[^\p{L}\p{N}]/u.test(before);
    const startsHump = /\p{Lu}/u.test(text[at] ?? "");
    const endsPart = at + word.length === hay.length || /[^\p{L}\p{N}]/u.test(hay[at + word.length] ?? " ");
    const score = (startsPart ? 3 : startsHump ? 2 : 1) + (startsPart && endsPart ? 2 : 0);
    // Of two equal places the later one is meant: names come after packages.
    if (best === undefined || score >= best.score) best = { at, score };
  }
  return best;
}
