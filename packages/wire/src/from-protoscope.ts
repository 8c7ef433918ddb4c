import { pushVarint } from "./varint.ts";

/** The bytes a text stands for, or what is wrong with it and where (line and column count from 1). */
export type FromProtoscope = { readonly bytes: Uint8Array } | { readonly problem: string; readonly line: number; readonly column: number };

/** Deepest nesting of braces. */
const maxBraces = 10_000;

interface Frame {
  readonly out: number[];
  /** Field number of a group; undefined for a length prefix. */
  readonly group: bigint | undefined;
  readonly long: number;
  readonly at: number;
}

const wireTypeNames: Readonly<Record<string, number>> = { VARINT: 0, I64: 1, LEN: 2, SGROUP: 3, EGROUP: 4, I32: 5 };
const blank = /(?:[ \t\r\n]+|#[^\n]*)*/y;
const longToken = /long-form:(\d{1,6})(?![\w-])/y;
const tagToken = /(-?(?:0x[0-9a-fA-F]+|\d+))(z?):([\w-]*)/y;
const floatToken = /(-?)(?:0x([0-9a-fA-F]+)\.([0-9a-fA-F]+)(?:[pP]([+-]?\d+))?|(\d+\.\d+(?:[eE][+-]?\d+)?))(i32|i64)?(?![\w.])/y;
const integerToken = /(-?(?:0x[0-9a-fA-F]+|\d+))(z|i32|i64)?(?![\w.:])/y;
const wordToken = /true|false|-?inf32|-?inf64/y;
const stringToken = /"((?:[^"\\]|\\[^])*)"/y;
const hexToken = /`([0-9a-fA-F]*)`/y;

/** Assembles Protoscope text (github.com/protocolbuffers/protoscope, language.txt). Never throws. */
export function fromProtoscope(text: string): FromProtoscope {
  const frames: Frame[] = [{ out: [], group: undefined, long: 0, at: 0 }];
  let pos = 0;
  let long = 0;
  let groupNumber: bigint | undefined;
  const match = (token: RegExp, at: number): RegExpExecArray | undefined => {
    token.lastIndex = at;
    return token.exec(text) ?? undefined;
  };
  const fail = (problem: string, at: number): FromProtoscope => {
    const before = text.slice(0, at).split("\n");
    return { problem, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  };

  for (;;) {
    pos = match(blank, pos)?.[0].length === undefined ? pos : blank.lastIndex;
    if (pos >= text.length) break;
    const frame = frames.at(-1) as Frame;
    const { out } = frame;
    const char = text[pos] as string;
    let found: RegExpExecArray | undefined;
    if (groupNumber !== undefined && !text.startsWith("!{", pos)) return fail("expected !{", pos);
    if (char === "{" || text.startsWith("!{", pos)) {
      const isGroup = char === "!";
      if (isGroup && groupNumber === undefined) return fail("!{ must follow a tag without a type, such as 8:", pos);
      if (frames.length >= maxBraces) return fail(`more than ${maxBraces} nested braces`, pos);
      frames.push({ out: [], group: isGroup ? groupNumber : undefined, long: isGroup ? 0 : long, at: pos });
      groupNumber = undefined;
      long = 0;
      pos += isGroup ? 2 : 1;
    } else if (char === "}") {
      if (frames.length === 1) return fail("} closes nothing", pos);
      frames.pop();
      const around = (frames.at(-1) as Frame).out;
      if (frame.group === undefined) {
        if (long > 0) return fail("long-form must stand before a number or a brace", pos);
        pushLong(around, BigInt(out.length), frame.long);
        append(around, out);
      } else {
        append(around, out);
        pushLong(around, (frame.group << 3n) | 4n, long);
        long = 0;
      }
      pos++;
    } else if ((found = match(longToken, pos)) !== undefined) {
      if (long > 0) return fail("long-form twice", pos);
      long = Number(found[1]);
      pos += found[0].length;
    } else if ((found = match(tagToken, pos)) !== undefined) {
      const number = integer(found[1] as string, found[2] === "z" ? "z" : "");
      if (typeof number === "string") return fail(number, pos);
      const name = found[3] as string;
      const type = name === "" ? inferred(text, pos + found[0].length) : /^[0-7]$/.test(name) ? Number(name) : wireTypeNames[name];
      if (type === undefined) return fail(`${name} is no wire type`, pos);
      pushLong(out, BigInt.asUintN(64, (number << 3n) | BigInt(type)), long);
      long = 0;
      if (name === "" && type === 3) groupNumber = number;
      pos += found[0].length;
    } else if ((found = match(floatToken, pos)) !== undefined) {
      if (long > 0) return fail("long-form must stand before a varint or a brace", pos);
      append(out, floatBytes(floatValue(found), found[6] === "i32"));
      pos += found[0].length;
    } else if ((found = match(integerToken, pos)) !== undefined) {
      const suffix = found[2] ?? "";
      const number = integer(found[1] as string, suffix);
      if (typeof number === "string") return fail(number, pos);
      if (suffix === "i32" || suffix === "i64") {
        if (long > 0) return fail("long-form must stand before a varint or a brace", pos);
        append(out, fixedBytes(number, suffix === "i32" ? 4 : 8));
      } else pushLong(out, BigInt.asUintN(64, number), long);
      long = 0;
      pos += found[0].length;
    } else if ((found = match(wordToken, pos)) !== undefined) {
      const word = found[0];
      if (word === "true" || word === "false") {
        pushLong(out, word === "true" ? 1n : 0n, long);
        long = 0;
      } else append(out, floatBytes(word.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY, word.endsWith("32")));
      pos += word.length;
    } else if ((found = match(stringToken, pos)) !== undefined) {
      const bad = appendString(out, found[1] as string);
      if (bad !== undefined) return fail(bad, pos);
      pos += found[0].length;
    } else if ((found = match(hexToken, pos)) !== undefined) {
      const digits = found[1] as string;
      if (digits.length % 2 !== 0) return fail("a hex literal needs two digits for each byte", pos);
      for (let at = 0; at < digits.length; at += 2) out.push(Number.parseInt(digits.slice(at, at + 2), 16));
      pos += found[0].length;
    } else
      return fail(
        char === '"' || char === "`" ? `${char} is not closed` : `expected a token, found ${JSON.stringify(text.slice(pos, pos + 12))}`,
        pos,
      );
  }
  const last = frames.at(-1) as Frame;
  if (frames.length > 1) return fail("{ is not closed", last.at);
  if (long > 0) return fail("long-form without a number", text.length);
  if (groupNumber !== undefined) return fail("expected !{", text.length);
  return { bytes: Uint8Array.from(last.out) };
}

/** The wire type of `N:` by the token that follows at `at`. */
function inferred(text: string, at: number): number {
  const test = (token: RegExp, from: number): RegExpExecArray | undefined => {
    token.lastIndex = from;
    return token.exec(text) ?? undefined;
  };
  const skip = (from: number): number => from + (test(blank, from)?.[0].length ?? 0);
  const pos = skip(at);
  if (text[pos] === "{") return 2;
  if (text[pos] === "!") return 3;
  const long = test(longToken, pos);
  if (long !== undefined) return text[skip(pos + long[0].length)] === "{" ? 2 : 0;
  const float = test(floatToken, pos);
  if (float !== undefined) return float[6] === "i32" ? 5 : 1;
  const suffix = test(integerToken, pos)?.[2];
  if (suffix === "i32" || suffix === "i64") return suffix === "i32" ? 5 : 1;
  const word = test(wordToken, pos)?.[0];
  return word === undefined || !word.includes("inf") ? 0 : word.endsWith("32") ? 5 : 1;
}

/** Number of an integer token, zigzag applied; a string says why it does not fit. */
function integer(text: string, suffix: string): bigint | string {
  const isNegative = text.startsWith("-");
  const size = BigInt(isNegative ? text.slice(1) : text);
  const value = isNegative ? -size : size;
  const [low, high] =
    suffix === "i32"
      ? [-(1n << 31n), (1n << 32n) - 1n]
      : suffix === "z"
        ? [-(1n << 63n), (1n << 63n) - 1n]
        : [-(1n << 63n), (1n << 64n) - 1n];
  if (value < low || value > high) return `${text} does not fit ${suffix === "i32" ? 32 : 64} bits`;
  return suffix === "z" ? BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)) : value;
}

function floatValue([, sign, whole, fraction, exponent, decimal]: RegExpExecArray): number {
  const size =
    decimal === undefined
      ? Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent ?? 0) - 4 * (fraction as string).length)
      : Number(decimal);
  return sign === "-" ? -size : size;
}

function floatBytes(value: number, is32: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(is32 ? 4 : 8));
  if (is32) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer);
}

function fixedBytes(value: bigint, size: 4 | 8): Uint8Array {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 4) view.setUint32(0, Number(BigInt.asUintN(32, value)), true);
  else view.setBigUint64(0, BigInt.asUintN(64, value), true);
  return new Uint8Array(view.buffer);
}

function pushLong(out: number[], value: bigint, extra: number): void {
  pushVarint(out, value);
  for (let more = 0; more < extra; more++) {
    out[out.length - 1] = (out.at(-1) as number) | 0x80;
    out.push(0);
  }
}

function append(out: number[], bytes: ArrayLike<number>): void {
  for (let at = 0; at < bytes.length; at++) out.push(bytes[at] as number);
}

const encoder = new TextEncoder();

/** Appends the bytes of a string literal; a string says which escape is wrong. */
function appendString(out: number[], source: string): string | undefined {
  const pieces = /\\x([0-9a-fA-F]{2})|\\([0-7]{1,3})|\\([\\"n])|(\\[^]?)|([^\\]+)/g;
  for (const [, hex, octal, char, bad, plain] of source.matchAll(pieces)) {
    if (hex !== undefined) out.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) {
      const value = Number.parseInt(octal, 8);
      if (value > 255) return `\\${octal} does not fit a byte`;
      out.push(value);
    } else if (char !== undefined) out.push(char === "n" ? 10 : char.charCodeAt(0));
    else if (bad !== undefined) return `${bad} is no escape`;
    else append(out, encoder.encode(plain));
  }
  return undefined;
}
