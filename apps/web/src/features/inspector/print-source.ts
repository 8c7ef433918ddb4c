import { toBase64 } from "@rpcdeck/frames";
import { offsetDigits, parse, recognisePaste, toProtoscope, type PasteFormat } from "@rpcdeck/wire";
import { hexOf } from "#lib/hex-of.ts";
import type { ReadAs } from "./inspect-input.ts";

const bytesPerLine = 16;

/**
 * Bytes as a text, in the notation that was asked for where it can write them so that they are read back the same, else in hex. What has more
 * to it than bytes, such as a Connect GET, is in hex.
 */
export function printSource(bytes: Uint8Array, wanted: ReadAs | undefined): { readonly text: string; readonly readAs: PasteFormat } {
  const readAs = isPasteFormat(wanted) ? wanted : "hex";
  const text = print(bytes, readAs);
  const again = text === undefined ? undefined : recognisePaste(text).find(({ format }) => format === readAs)?.bytes;
  const isSame = again !== undefined && again.length === bytes.length && again.every((byte, at) => byte === bytes[at]);
  return text !== undefined && isSame ? { text, readAs } : { text: lines(bytes, (line) => hexOf(line)), readAs: "hex" };
}

function isPasteFormat(readAs: ReadAs | undefined): readAs is PasteFormat {
  return readAs !== undefined && Object.hasOwn(printers, readAs);
}

const printers: Record<PasteFormat, (bytes: Uint8Array) => string> = {
  hex: (bytes) => lines(bytes, (line) => hexOf(line)),
  "hex-dump": (bytes) => lines(bytes, (line, at) => `${offsetDigits(at, 8)}  ${hexOf(line)}`),
  escapes: (bytes) => lines(bytes, (line) => Array.from(line, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join(""), ""),
  base64: toBase64,
  protoscope: (bytes) => toProtoscope(parse(bytes)),
  text: (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
};

function print(bytes: Uint8Array, format: PasteFormat): string | undefined {
  try {
    return printers[format](bytes);
  } catch {
    return undefined; // bytes that are no text, asked for as text
  }
}

function lines(bytes: Uint8Array, print: (line: Uint8Array, at: number) => string, between = "\n"): string {
  const all: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerLine) all.push(print(bytes.subarray(at, at + bytesPerLine), at));
  return all.join(between);
}
