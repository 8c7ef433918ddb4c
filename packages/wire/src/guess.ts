import { plausiblePacked } from "./plausible-packed.ts";
import type { ReadAs } from "./read-as.ts";
import { parsesStrictly } from "./scan-level.ts";
import { invalidUtf8At } from "./utf8.ts";

/** What a length-delimited value without a schema is read as. */
export type LenReading = "string" | "bytes" | "message";

/** The facts that {@link guessLen} decides by. */
export interface LenFacts {
  /** It can be cut into records without a fault. */
  readonly parses: boolean;
  readonly isUtf8: boolean;
  /** It holds an ASCII control character, line breaks included. */
  readonly hasControl: boolean;
  /** UTF-8 without control characters other than tab and line breaks. */
  readonly isText: boolean;
}

/** What a value is read as, and why. */
export interface LenGuess extends LenFacts {
  readonly chosen: LenReading;
  /** The second most likely reading. */
  readonly runnerUp: ReadAs | undefined;
  /** Values of the same field path, this one included, that were looked at together; undefined where only this one was. */
  readonly pool: GuessPool | undefined;
}

/** What the values of one field path, taken together, are. Empty ones are not counted. */
export interface GuessPool {
  /** Values looked at; not more than a sample of many. */
  readonly looked: number;
  /** Of them, those that parse as a message, are UTF-8, and are text. */
  readonly parsing: number;
  readonly utf8: number;
  readonly text: number;
}

/**
 * What `start`..`end` most likely is. A message only if it parses strictly and, read as text, would hold a control character; else text
 * where it is UTF-8 without control characters other than tab and line breaks; else bytes. "Message if it parses" takes "hi" and
 * "updateMask" for messages; this rule takes no string of googleapis for one.
 */
export function guessLen(bytes: Uint8Array, start: number, end: number): LenGuess {
  const facts = lenFacts(bytes, start, end);
  const { parses, isUtf8, hasControl, isText } = facts;
  if (parses && (!isUtf8 || hasControl)) return { ...facts, chosen: "message", runnerUp: isText ? "string" : "bytes", pool: undefined };
  if (isText) return { ...facts, chosen: "string", runnerUp: parses ? "message" : "bytes", pool: undefined };
  const packed = isUtf8 && isMostlyText(bytes, start, end) ? undefined : plausiblePacked(bytes, start, end);
  return { ...facts, chosen: "bytes", runnerUp: packed ?? (isUtf8 ? "string" : undefined), pool: undefined };
}

/** Control characters are the exception, a quarter at most. */
function isMostlyText(bytes: Uint8Array, start: number, end: number): boolean {
  let controls = 0;
  for (let at = start; at < end; at++) if ((bytes[at] as number) < 0x20) controls++;
  return controls * 4 <= end - start;
}

/** The facts about `start`..`end`. */
export function lenFacts(bytes: Uint8Array, start: number, end: number): LenFacts {
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
  return { parses: parsesStrictly(bytes, start, end), isUtf8, hasControl, isText };
}
