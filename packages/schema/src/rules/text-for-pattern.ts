/** Repeats beyond the least are few: samples are read by people. */
const maxExtra = 4;
/** Characters that stand for "any". */
const anyCharacter = "abcdefghijklmnopqrstuvwxyz0123456789";

/** Makes a piece of text. `random` gives numbers from 0 up to 1. */
type Piece = (random: () => number) => string;

/**
 * A text that a regular expression (RE2 syntax) matches: literals, classes, groups, alternatives, repeats and anchors. Undefined for what is
 * beyond that; whoever uses it checks the result.
 */
export function textForPattern(pattern: string, random: () => number): string | undefined {
  const reader: Reader = { text: pattern, at: 0 };
  const piece = readAlternatives(reader);
  return piece === undefined || reader.at < pattern.length ? undefined : piece(random);
}

interface Reader {
  readonly text: string;
  at: number;
}

function readAlternatives(reader: Reader): Piece | undefined {
  const all: Piece[] = [];
  for (;;) {
    const piece = readSequence(reader);
    if (piece === undefined) return undefined;
    all.push(piece);
    if (reader.text[reader.at] !== "|") break;
    reader.at++;
  }
  return (random) => pick(all, random)?.(random) ?? "";
}

function readSequence(reader: Reader): Piece | undefined {
  const pieces: Piece[] = [];
  while (reader.at < reader.text.length && reader.text[reader.at] !== "|" && reader.text[reader.at] !== ")") {
    const atom = readAtom(reader);
    const piece = atom && readRepeat(reader, atom);
    if (piece === undefined) return undefined;
    pieces.push(piece);
  }
  return (random) => pieces.map((piece) => piece(random)).join("");
}

function readAtom(reader: Reader): Piece | undefined {
  const character = reader.text[reader.at++] ?? "";
  switch (character) {
    case "^":
    case "$":
      return () => "";
    case ".":
      return oneOf(anyCharacter);
    case "(": {
      const head = /^\?(?::|P?<\w+>)/.exec(reader.text.slice(reader.at));
      if (head === null && reader.text[reader.at] === "?") return undefined;
      reader.at += head?.[0].length ?? 0;
      const inner = readAlternatives(reader);
      if (inner === undefined || reader.text[reader.at++] !== ")") return undefined;
      return inner;
    }
    case "[":
      return readClass(reader);
    case "\\":
      return readEscape(reader);
    case "*":
    case "+":
    case "?":
      return undefined;
    default:
      return () => character;
  }
}

const shorthand: Readonly<Record<string, string>> = { d: "0123456789", w: `${anyCharacter}_`, s: " ", D: "abc", W: "-. ", S: anyCharacter };

function readEscape(reader: Reader): Piece | undefined {
  const character = reader.text[reader.at++] ?? "";
  const known = shorthand[character];
  if (known !== undefined) return oneOf(known);
  if (character === "A" || character === "z" || character === "b") return () => "";
  const control = { n: "\n", t: "\t", r: "\r" }[character];
  return /[a-zA-Z0-9]/.test(character) && control === undefined ? undefined : () => control ?? character;
}

function readClass(reader: Reader): Piece | undefined {
  const end = /^\^?\]?(?:[^\]\\]|\\.)*\]/.exec(reader.text.slice(reader.at));
  if (end === null) return undefined;
  const body = end[0].slice(0, -1);
  reader.at += end[0].length;
  if (body.includes("[:") || body.includes("\\p")) return undefined;
  const isNot = body.startsWith("^");
  let characters = "";
  for (const [, shortcut, escaped, from, to, single] of body
    .slice(isNot ? 1 : 0)
    .matchAll(/\\([dwsDWS])|\\(.)|([^\\])-([^\\\]])|([^\\])/gsu)) {
    if (shortcut !== undefined) characters += shorthand[shortcut] ?? "";
    else if (from !== undefined && to !== undefined) characters += range(from, to);
    else characters += escaped ?? single ?? "";
  }
  if (!isNot) return oneOf(characters);
  return oneOf(
    Array.from(`${anyCharacter}ABC-. `)
      .filter((character) => !characters.includes(character))
      .join(""),
  );
}

/** The characters from one to another, at most a hundred. */
function range(from: string, to: string): string {
  const [first, last] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  return String.fromCodePoint(...Array.from({ length: Math.max(0, Math.min(100, last - first + 1)) }, (_, at) => first + at));
}

function readRepeat(reader: Reader, piece: Piece): Piece | undefined {
  const found = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/.exec(reader.text.slice(reader.at));
  if (found === null) return piece;
  reader.at += found[0].length;
  const [, sign, least, comma, most] = found;
  const min = sign === undefined ? Number(least) : sign === "+" ? 1 : 0;
  const max = sign === "?" ? 1 : sign !== undefined || most === "" ? min + maxExtra : comma === undefined ? min : Number(most);
  if (min > 10_000) return undefined;
  return (random) => {
    const count = min + Math.floor(random() * (Math.min(max, min + maxExtra) - min + 1));
    return Array.from({ length: count }, () => piece(random)).join("");
  };
}

function oneOf(characters: string): Piece {
  const all = Array.from(characters);
  return (random) => pick(all, random) ?? "";
}

function pick<Item>(items: readonly Item[], random: () => number): Item | undefined {
  return items[Math.floor(random() * items.length)];
}
