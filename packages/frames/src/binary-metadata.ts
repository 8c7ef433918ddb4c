import { bytesFromBase64 } from "./base64.ts";

/** One value of a `-bin` entry. */
export type BinaryValue =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Not base64; `reason` says why, in words that go on after a colon. */
  | { readonly kind: "broken"; readonly text: string; readonly reason: string };

/** True for a name whose values are base64 text of any bytes (gRPC over HTTP/2, Binary-Header). `name` is lower case. */
export function isBinaryName(name: string): boolean {
  return name.endsWith("-bin");
}

/**
 * The values of a `-bin` entry, padded or not. Proxies and browsers join entries of the same name with commas, which base64 does not have, so a
 * comma always parts two values. Empty text is a value of no bytes.
 */
export function parseBinaryMetadata(value: string): BinaryValue[] {
  return value.split(",").map((part) => parseValue(part.trim()));
}

function parseValue(text: string): BinaryValue {
  const reason = problemOf(text);
  const bytes = reason === undefined ? bytesFromBase64(text) : undefined;
  return bytes === undefined ? { kind: "broken", text, reason: reason ?? "it cannot be read" } : { kind: "bytes", bytes };
}

/** Why a text is not base64; undefined where it is. */
function problemOf(text: string): string | undefined {
  const at = text.search(/[^A-Za-z0-9+/_=-]/);
  if (at !== -1) return `“${String.fromCodePoint(text.codePointAt(at) ?? 0)}” at character ${at + 1} is not of its alphabet`;
  const padAt = text.indexOf("=");
  const length = padAt === -1 ? text.length : padAt;
  const pads = text.length - length;
  if (/=[^=]/.test(text)) return `more follows the padding at character ${padAt + 1}`;
  if (length % 4 === 1) return `its ${length} characters end inside a byte`;
  const fitting = (4 - (length % 4)) % 4;
  return pads > fitting ? `it ends with ${pads} “=”, where ${fitting === 0 ? "none" : `at most ${fitting}`} can be` : undefined;
}
