import { base64Encode } from "@bufbuild/protobuf/wire";
import { parsed, type Parsed, refused } from "./parsed.ts";

/** How bytes are shown and typed. */
export type BytesNotation = "hex" | "base64" | "text";

/** Reads bytes in a notation. Hex takes blanks, colons and `0x`; base64 the standard and the URL alphabet, with or without padding. */
export function parseBytes(text: string, notation: BytesNotation): Parsed<Uint8Array> {
  switch (notation) {
    case "hex":
      return parseHex(text);
    case "base64":
      return parseBase64(text);
    case "text":
      return halfSurrogateAt(text) < 0
        ? parsed(new TextEncoder().encode(text))
        : refused("half of a surrogate pair", halfSurrogateAt(text));
  }
}

/** Bytes in a notation; undefined when they are not valid UTF-8 and the notation is text. */
export function printBytes(bytes: Uint8Array, notation: BytesNotation): string | undefined {
  switch (notation) {
    case "hex":
      return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    case "base64":
      return base64Encode(bytes);
    case "text":
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        return undefined;
      }
  }
}

/** Where a text holds half of a surrogate pair, which UTF-8 cannot say; -1 when nowhere. */
export function halfSurrogateAt(text: string): number {
  return text.search(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/);
}

function parseHex(text: string): Parsed<Uint8Array> {
  const bytes: number[] = [];
  let half: number | undefined;
  let halfAt = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (/[\s:,]/.test(character)) continue;
    if (character === "0" && half === undefined && /[xX]/.test(text[at + 1] ?? "")) {
      at++;
      continue;
    }
    const digit = Number.parseInt(character, 16);
    if (Number.isNaN(digit)) return refused(`“${character}” is no hex digit`, at);
    if (half === undefined) [half, halfAt] = [digit, at];
    else {
      bytes.push(half * 16 + digit);
      half = undefined;
    }
  }
  if (half !== undefined) return refused("an odd number of hex digits, each byte takes two", halfAt);
  return parsed(Uint8Array.from(bytes));
}

/** Reads base64 of either alphabet, padding optional, white space ignored. */
export function parseBase64(text: string): Parsed<Uint8Array> {
  const odd = text.search(/[^A-Za-z0-9+/\-_=\s]/);
  if (odd >= 0) return refused(`“${text[odd]}” is no base64 character`, odd);
  const packed = text.replace(/\s/g, "");
  const digits = packed.replace(/=+$/, "");
  if (digits.includes("=")) return refused("“=” stands only at the end of base64", text.indexOf("="));
  if (digits.length % 4 === 1) return refused("base64 ends in the middle of a byte", text.length);
  const binary = atob(digits.replaceAll("-", "+").replaceAll("_", "/"));
  return parsed(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}
