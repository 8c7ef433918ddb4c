import { fromProtoscope } from "./from-protoscope.ts";

/** A notation that pasted text can be in. */
export type PasteFormat = "hex" | "hex-dump" | "escapes" | "base64" | "protoscope" | "text";

/** One way to read a pasted text. */
export interface PasteReading {
  readonly format: PasteFormat;
  readonly bytes: Uint8Array;
}

/**
 * Every way a pasted text can be read as bytes, the most likely first: hex (spaces, commas, 0x, \x), a dump by xxd or hexdump -C, C and octal
 * escapes as test runners print them, base64 and base64url with or without padding, Protoscope, and the text itself, which always works.
 */
export function recognisePaste(text: string): PasteReading[] {
  const readings: PasteReading[] = [];
  const add = (format: PasteFormat, bytes: Uint8Array | undefined): void => {
    if (bytes !== undefined) readings.push({ format, bytes });
  };
  const trimmed = text.trim();
  if (trimmed !== "") {
    add("hex-dump", hexDump(trimmed));
    add("hex", hexDigits(trimmed));
    add("escapes", escapes(trimmed));
    const base64 = base64Bytes(trimmed);
    const scope = fromProtoscope(trimmed);
    const isScope = "bytes" in scope && /[:{}`]/.test(trimmed);
    if (isScope) add("protoscope", scope.bytes);
    add("base64", base64);
  }
  add("text", new TextEncoder().encode(text));
  return readings;
}

function fromHex(digits: string): Uint8Array | undefined {
  if (digits === "" || digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16));
}

function hexDigits(text: string): Uint8Array | undefined {
  const tokens = text
    .replace(/^[[{(]|[\])}]$/g, "")
    .split(/[\s,;:]+/)
    .filter((token) => token !== "");
  const digits = tokens.map((token) => token.replaceAll(/0x|\\x/gi, ""));
  // Bytes written one by one may lack their leading zero.
  const isByteByByte = (tokens.length > 1 || tokens[0] !== digits[0]) && digits.every((token) => token.length <= 2);
  return fromHex((isByteByByte ? digits.map((token) => token.padStart(2, "0")) : digits).join(""));
}

/** `00000000: 0a08 6c69  ..li` (xxd) and `00000000  0a 08 6c 69  |..li|` (hexdump -C), with or without the text column. */
function hexDump(text: string): Uint8Array | undefined {
  const parts: string[] = [];
  let expected: number | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "") continue;
    const found = /^\s*([0-9a-f]{4,16}):?(?:\s+|$)((?:[0-9a-f]{2,4}\s{0,2}|\s)*?)(?:\s{2,}\S.*|\s*\|.*)?$/i.exec(line);
    if (found === null) return undefined;
    const offset = Number.parseInt(found[1] as string, 16);
    const digits = (found[2] as string).replaceAll(/\s+/g, "");
    if (expected !== undefined && offset !== expected) return undefined;
    expected = (expected ?? offset) + digits.length / 2;
    parts.push(digits);
  }
  return fromHex(parts.join(""));
}

const named: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11, "\\": 92, '"': 34, "'": 39, "?": 63 };

function escapes(text: string): Uint8Array | undefined {
  const inner = /^(["'])([^]*)\1$/.exec(text)?.[2] ?? text;
  if (!/\\(?:x[0-9a-f]|[0-7]|[nrtabfv])/i.test(inner)) return undefined;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const [, hex, octal, char, bad, plain] of inner.matchAll(/\\x([0-9a-fA-F]{1,2})|\\([0-7]{1,3})|\\([nrtabfv\\"'?])|(\\)|([^\\]+)/g)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) {
      const value = Number.parseInt(octal, 8);
      if (value > 255) return undefined;
      bytes.push(value);
    } else if (char !== undefined) bytes.push(named[char] as number);
    else if (bad !== undefined) return undefined;
    else bytes.push(...encoder.encode(plain));
  }
  return Uint8Array.from(bytes);
}

function base64Bytes(text: string): Uint8Array | undefined {
  const compact = text.replaceAll(/\s+/g, "").replaceAll("-", "+").replaceAll("_", "/");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const plain = compact.replace(/=+$/, "");
  if (plain.length % 4 === 1) return undefined;
  try {
    return Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
  } catch {
    return undefined; // not base64 after all: another reading will do
  }
}
