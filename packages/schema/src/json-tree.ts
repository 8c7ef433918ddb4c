/** One value in a JSON text with its place. Numbers keep their text: 64-bit integers stay exact. */
export type JsonNode =
  | { readonly kind: "object"; readonly start: number; readonly end: number; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly start: number; readonly end: number; readonly items: readonly JsonNode[] }
  | { readonly kind: "string"; readonly start: number; readonly end: number; readonly value: string }
  | { readonly kind: "number"; readonly start: number; readonly end: number; readonly text: string }
  | { readonly kind: "literal"; readonly start: number; readonly end: number; readonly value: boolean | null }
  /** Nothing, or nothing that JSON knows, where a value should be. */
  | { readonly kind: "missing"; readonly start: number; readonly end: number };

/** A key with its value. */
export interface JsonMember {
  readonly key: Extract<JsonNode, { kind: "string" }>;
  readonly value: JsonNode;
}

/** A place in a text that is not as it should be. Offsets are UTF-16 code units from 0. */
export interface RangeProblem {
  readonly message: string;
  readonly from: number;
  readonly to: number;
}

/** A text read as JSON as far as that is possible. */
export interface JsonTree {
  readonly root: JsonNode;
  readonly problems: readonly RangeProblem[];
}

/** Values nested deeper than this are refused. */
const maxDepth = 200;
/** Reading stops after this many problems. */
const maxProblems = 50;

/** Reads JSON strictly but goes on after a mistake, so that the rest can still be shown, checked and completed. Never throws. */
export function readJsonTree(text: string): JsonTree {
  const problems: RangeProblem[] = [];
  let at = 0;

  const fail = (message: string, from: number, to: number) => {
    if (problems.length < maxProblems) problems.push({ message, from, to: Math.max(to, Math.min(from + 1, text.length)) });
  };
  const blank = () => {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) at++;
      else if (code === 0x2f && (text[at + 1] === "/" || text[at + 1] === "*")) comment();
      else return;
    }
  };
  const comment = () => {
    const from = at;
    const end = text[at + 1] === "/" ? text.indexOf("\n", at) : text.indexOf("*/", at + 2);
    at = end < 0 ? text.length : text[at + 1] === "/" ? end : end + 2;
    fail("JSON has no comments", from, at);
  };
  const string = (): Extract<JsonNode, { kind: "string" }> => {
    const start = at++;
    let value = "";
    let from = at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (at >= text.length || code === 0x0a || code === 0x0d) {
        fail("text is not closed by a quotation mark", start, at);
        return { kind: "string", start, end: at, value: value + text.slice(from, at) };
      }
      if (code === 0x22) {
        value += text.slice(from, at);
        at++;
        return { kind: "string", start, end: at, value };
      }
      if (code < 0x20) fail(`control character U+${code.toString(16).padStart(4, "0")} must be escaped`, at, at + 1);
      if (code !== 0x5c) {
        at++;
        continue;
      }
      value += text.slice(from, at);
      const escape = text[at + 1] ?? "";
      const hex = text.slice(at + 2, at + 6);
      if (escape === "u" && /^[0-9a-fA-F]{4}$/.test(hex)) {
        value += String.fromCharCode(Number.parseInt(hex, 16));
        at += 6;
      } else {
        const plain = escapes.get(escape);
        if (plain === undefined) fail(`\\${escape} is no escape of JSON`, at, at + 2);
        value += plain ?? "";
        at += 2;
      }
      from = at;
    }
  };
  const word = (): JsonNode => {
    const start = at;
    while (at < text.length && /[^\s,:[\]{}"]/.test(text[at] ?? "")) at++;
    const raw = text.slice(start, at);
    if (raw === "true" || raw === "false") return { kind: "literal", start, end: at, value: raw === "true" };
    if (raw === "null") return { kind: "literal", start, end: at, value: null };
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(raw)) return { kind: "number", start, end: at, text: raw };
    if (raw === "") fail("a value is missing", start, start);
    else
      fail(
        /^[\w.+-]+$/.test(raw)
          ? `${raw.slice(0, 40)} is no JSON value; text stands in "quotation marks"`
          : `${raw.slice(0, 40)} is no JSON value`,
        start,
        at,
      );
    return { kind: "missing", start, end: at };
  };
  const object = (depth: number): JsonNode => {
    const start = at++;
    const members: JsonMember[] = [];
    for (;;) {
      blank();
      if (text[at] === "}") {
        at++;
        return { kind: "object", start, end: at, members };
      }
      if (at >= text.length || text[at] === "]") {
        fail("object is not closed by }", start, start + 1);
        return { kind: "object", start, end: at, members };
      }
      if (text[at] === ",") {
        fail("a member is missing before the comma", at, at + 1);
        at++;
        continue;
      }
      let key: Extract<JsonNode, { kind: "string" }>;
      if (text[at] === '"') key = string();
      else {
        const from = at;
        while (at < text.length && /[^\s,:[\]{}"]/.test(text[at] ?? "")) at++;
        if (at === from) at++;
        fail("a key stands in quotation marks", from, at);
        key = { kind: "string", start: from, end: at, value: text.slice(from, at) };
      }
      blank();
      if (text[at] === ":") {
        at++;
        blank();
        members.push({ key, value: value(depth + 1) });
      } else {
        fail("a colon and a value are missing", key.start, key.end);
        members.push({ key, value: { kind: "missing", start: key.end, end: key.end } });
      }
      separator("}");
    }
  };
  const array = (depth: number): JsonNode => {
    const start = at++;
    const items: JsonNode[] = [];
    for (;;) {
      blank();
      if (text[at] === "]") {
        at++;
        return { kind: "array", start, end: at, items };
      }
      if (at >= text.length || text[at] === "}") {
        fail("array is not closed by ]", start, start + 1);
        return { kind: "array", start, end: at, items };
      }
      if (text[at] === ":") {
        fail("a colon has no place in an array", at, at + 1);
        at++;
        continue;
      }
      items.push(value(depth + 1));
      separator("]");
    }
  };
  const separator = (close: string) => {
    blank();
    if (text[at] === ",") {
      const comma = at++;
      blank();
      if (text[at] === close) fail("a comma without a value behind it", comma, comma + 1);
    } else if (at < text.length && text[at] !== "}" && text[at] !== "]") fail("a comma is missing", at, at + 1);
  };
  const value = (depth: number): JsonNode => {
    const first = text[at];
    if (depth > maxDepth && (first === "{" || first === "[")) {
      fail(`nested deeper than ${maxDepth}`, at, at + 1);
      const start = at;
      at = text.length;
      return { kind: "missing", start, end: at };
    }
    if (first === "{") return object(depth);
    if (first === "[") return array(depth);
    if (first === '"') return string();
    return word();
  };

  blank();
  const root = value(0);
  blank();
  if (at < text.length) fail("something stands behind the end", at, text.length);
  return { root, problems };
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** Line and column, both from 1, of an offset. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
