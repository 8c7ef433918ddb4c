import { ScalarType } from "@bufbuild/protobuf";
import { parsed, type Parsed, refused } from "./parsed.ts";

const limits: ReadonlyMap<ScalarType, readonly [bigint, bigint]> = new Map([
  [ScalarType.INT32, [-(2n ** 31n), 2n ** 31n - 1n]],
  [ScalarType.SINT32, [-(2n ** 31n), 2n ** 31n - 1n]],
  [ScalarType.SFIXED32, [-(2n ** 31n), 2n ** 31n - 1n]],
  [ScalarType.UINT32, [0n, 2n ** 32n - 1n]],
  [ScalarType.FIXED32, [0n, 2n ** 32n - 1n]],
  [ScalarType.INT64, [-(2n ** 63n), 2n ** 63n - 1n]],
  [ScalarType.SINT64, [-(2n ** 63n), 2n ** 63n - 1n]],
  [ScalarType.SFIXED64, [-(2n ** 63n), 2n ** 63n - 1n]],
  [ScalarType.UINT64, [0n, 2n ** 64n - 1n]],
  [ScalarType.FIXED64, [0n, 2n ** 64n - 1n]],
]);

const names: Readonly<Record<ScalarType, string>> = {
  [ScalarType.DOUBLE]: "double",
  [ScalarType.FLOAT]: "float",
  [ScalarType.INT64]: "int64",
  [ScalarType.UINT64]: "uint64",
  [ScalarType.INT32]: "int32",
  [ScalarType.FIXED64]: "fixed64",
  [ScalarType.FIXED32]: "fixed32",
  [ScalarType.BOOL]: "bool",
  [ScalarType.STRING]: "string",
  [ScalarType.BYTES]: "bytes",
  [ScalarType.UINT32]: "uint32",
  [ScalarType.SFIXED32]: "sfixed32",
  [ScalarType.SFIXED64]: "sfixed64",
  [ScalarType.SINT32]: "sint32",
  [ScalarType.SINT64]: "sint64",
};

/** The name of a scalar type as .proto files write it. */
export function scalarName(scalar: ScalarType): string {
  return names[scalar];
}

/** Least and greatest value of an integer type; undefined for the others. */
export function integerLimits(scalar: ScalarType): readonly [least: bigint, greatest: bigint] | undefined {
  return limits.get(scalar);
}

/** True for the types whose values are bigint in a document. */
export function isWide(scalar: ScalarType): boolean {
  const range = limits.get(scalar);
  return range !== undefined && range[1] > 2n ** 32n;
}

/**
 * Reads an integer as typed: decimal or `0x` hex, a sign, `_` or a blank or comma between groups of digits. Exact for 64 bits. The value is
 * bigint for 64-bit types, else number.
 */
export function parseInteger(text: string, scalar: ScalarType): Parsed<number | bigint> {
  const lead = text.length - text.trimStart().length;
  const trimmed = text.trim();
  if (trimmed === "") return refused(`empty, ${scalarName(scalar)} needs a whole number`, 0);
  const match = /^([+-]?)(0[xX][0-9a-fA-F_]+|\d{1,3}(?:[,_ ]\d{3})+|\d[\d_]*)$/.exec(trimmed);
  if (match === null) {
    if (/^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(trimmed)) return parseJsonInteger(trimmed, scalar);
    const odd = trimmed.search(/[^0-9+\-_]/);
    const at = Math.max(odd, 0);
    return refused(`“${trimmed.slice(at, at + 1)}” is no digit, ${scalarName(scalar)} needs a whole number`, lead + at);
  }
  const digits = (match[2] ?? "").replace(/[_, ]/g, "");
  if (/^0[xX]$/.test(digits)) return refused("no digit after 0x", lead);
  const magnitude = BigInt(digits);
  return inRange(match[1] === "-" ? -magnitude : magnitude, scalar, lead);
}

/** Reads an integer as ProtoJSON allows it, as a number or inside a string: digits, a fraction of zeros, an exponent; exact. */
export function parseJsonInteger(text: string, scalar: ScalarType): Parsed<number | bigint> {
  const match = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return refused(`“${text}” is no whole number, as ${scalarName(scalar)} needs`, 0);
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  const exponent = Number(match[4] ?? "0");
  if (exponent - fraction.length > 40) return refused(outside(text, scalar), 0);
  let digits = (match[2] ?? "") + fraction;
  const shift = exponent - fraction.length;
  if (shift >= 0) digits += "0".repeat(shift);
  else {
    const cut = digits.length + shift;
    if (/[1-9]/.test(digits.slice(Math.max(cut, 0)))) return refused(`${text} is not whole, as ${scalarName(scalar)} needs`, 0);
    digits = cut > 0 ? digits.slice(0, cut) : "0";
  }
  const magnitude = BigInt(digits);
  return inRange(match[1] === "-" ? -magnitude : magnitude, scalar, 0);
}

function inRange(value: bigint, scalar: ScalarType, position: number): Parsed<number | bigint> {
  const range = limits.get(scalar);
  if (range !== undefined && (value < range[0] || value > range[1])) return refused(outside(String(value), scalar), position);
  return parsed(isWide(scalar) ? value : Number(value));
}

function outside(text: string, scalar: ScalarType): string {
  const [least, greatest] = limits.get(scalar) ?? [0n, 0n];
  return text.startsWith("-")
    ? `${text} is below ${least}, the least of ${scalarName(scalar)}`
    : `${text} is above ${greatest}, the most of ${scalarName(scalar)}`;
}

const words: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["+infinity", Number.POSITIVE_INFINITY],
  ["inf", Number.POSITIVE_INFINITY],
  ["+inf", Number.POSITIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
]);

/** Reads a floating-point number as typed, with NaN, Infinity and -Infinity as words. A float is rounded to 32 bits. */
export function parseFloating(text: string, scalar: ScalarType): Parsed<number> {
  const trimmed = text.trim();
  const word = words.get(trimmed.toLowerCase());
  if (word !== undefined) return parsed(word);
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) {
    if (trimmed === "") return refused(`empty, ${scalarName(scalar)} needs a number`, 0);
    return refused(`“${trimmed}” is no number; NaN, Infinity and -Infinity are`, 0);
  }
  return floatInRange(Number(trimmed), trimmed, scalar);
}

/** Rounds to 32 bits where the type is float; refuses what only infinity could stand for. */
export function floatInRange(value: number, text: string, scalar: ScalarType): Parsed<number> {
  const rounded = scalar === ScalarType.FLOAT ? Math.fround(value) : value;
  if (!Number.isFinite(rounded)) return refused(`${text} is outside the range of ${scalarName(scalar)}`, 0);
  return parsed(rounded);
}

/** A number as text: integers exact, the shortest text that reads back as the same float or double, NaN and the infinities as words. */
export function printNumber(value: number | bigint, scalar: ScalarType): string {
  if (typeof value === "bigint") return String(value);
  if (Object.is(value, -0)) return "-0";
  if (scalar !== ScalarType.FLOAT || !Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
