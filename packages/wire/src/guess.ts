import { parsesStrictly } from "./scan-level.ts";
import { invalidUtf8At } from "./utf8.ts";

/** What a length-delimited value without a schema is read as. */
export type LenReading = "string" | "bytes" | "message";

/** The facts that {@link guessLen} decides by. */
export interface LenGuess {
  readonly chosen: LenReading;
  /** It can be cut into records without a fault. */
  readonly parses: boolean;
  readonly isUtf8: boolean;
  /** It holds an ASCII control character, line breaks included. */
  readonly hasControl: boolean;
  /** The second most likely reading. */
  readonly runnerUp: LenReading | undefined;
}

/**
 * What `start`..`end` most likely is. A message only if it parses strictly and, read as text, would hold a control character; else text
 * where it is UTF-8 without control characters other than tab and line breaks; else bytes. "Message if it parses" takes "hi" and
 * "updateMask" for messages; this rule takes no string of googleapis for one.
 */
export function guessLen(bytes: Uint8Array, start: number, end: number): LenGuess {
  const isUtf8 = invalidUtf8At(bytes, start, end) === -1;
  let hasControl = false;
  let isText = isUtf8;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x20 && byte !== 0x7f) continue;
    hasControl = true;
    if (byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) {
      isText = false;
      break;
    }
  }
  const parses = parsesStrictly(bytes, start, end);
  if (parses && (!isUtf8 || hasControl)) return { chosen: "message", parses, isUtf8, hasControl, runnerUp: isText ? "string" : "bytes" };
  if (isText) return { chosen: "string", parses, isUtf8, hasControl, runnerUp: parses ? "message" : "bytes" };
  return { chosen: "bytes", parses, isUtf8, hasControl, runnerUp: isUtf8 ? "string" : undefined };
}
