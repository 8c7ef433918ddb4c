import { hexOffset } from "./diagnostic.ts";
import { lenFacts } from "./guess.ts";
import { messageText, recordText } from "./message-text.ts";
import { packedText } from "./packed-text.ts";
import { plausiblePacked } from "./plausible-packed.ts";
import type { ScalarReading } from "./read-as.ts";
import { scanLevel, type RecordArrays } from "./scan-level.ts";
import { countStream } from "./scan-stream.ts";
import { invalidUtf8At, textFrom } from "./utf8.ts";
import type { Candidate } from "./value-reading.ts";
import { hexText, quoted } from "./value-text.ts";
import { readVarint, varintEnd } from "./varint.ts";

/** Messages of a stream that a reading spells out. */
const maxListed = 3;
/** Larger values are read as text, bytes and what they are chosen to be, no further. */
const maxReadBytes = 64 * 1024;

/** A span of bytes. */
export interface Span {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Added to offsets in words. */
  readonly origin: number;
}

/** Every reading of a length-delimited value that its bytes allow; text and bytes always. Likely ones first. */
export function lenReadings(span: Span): Candidate[] {
  const { bytes, start, end } = span;
  const size = end - start;
  if (size > maxReadBytes) return [stringReading(span), bytesReading(span)];
  const { parses, isUtf8, isText } = lenFacts(bytes, start, end);
  const list: Candidate[] = isText ? [stringReading(span)] : [];
  if (parses) {
    const level = scanLevel(bytes, start, end);
    list.push(...entryReading(span, level), ...anyReading(span, level));
    list.push({
      as: "message",
      readAs: "message",
      text: messageText(bytes, start, end),
      tone: "quiet",
      why: isUtf8 ? "also parses; unlikely" : "also parses",
    });
  }
  const messages = countStream(bytes, start, end);
  if (messages > 0 && size > messages) {
    list.push({
      isUnlikely: messages === 1,
      as: "stream",
      readAs: "stream",
      text: streamText(span),
      tone: "quiet",
      why: `${count(messages, "message")}, each after its length`,
    });
  }
  list.push(...packedReadings(span));
  if (!isText) list.push(stringReading(span));
  list.push(bytesReading(span));
  return list;
}

function stringReading({ bytes, start, end, origin }: Span): Candidate {
  const bad = invalidUtf8At(bytes, start, end);
  const why = bad === -1 ? `valid UTF-8 · ${characters(bytes, start, end)}` : `not UTF-8 at ${hexOffset(bad + origin)}`;
  return { as: "string", readAs: "string", text: quoted(bytes, start, end), tone: "string", why, isUnlikely: bad !== -1 };
}

function bytesReading({ bytes, start, end }: Span): Candidate {
  return { as: "bytes", readAs: "bytes", text: hexText(bytes, start, end), tone: "quiet", why: count(end - start, "byte") };
}

/** A message of a key and a value, each at most once. */
function entryReading({ bytes }: Span, level: RecordArrays): Candidate[] {
  const [key, value] = [positionOf(level, 1), positionOf(level, 2)];
  const known = (key === -1 ? 0 : 1) + (value === -1 ? 0 : 1);
  if (known === 0 || level.count !== known || (key !== -1 && (level.tags[key] as number) % 8 === 3)) return [];
  const text = (at: number): string => (at === -1 ? "default" : recordText(bytes, level, at));
  return [
    { as: "map entry", readAs: "map entry", text: `${text(key)} → ${text(value)}`, tone: "quiet", why: "fields 1 and 2, once at most" },
  ];
}

/** A message of a type URL and bytes. */
function anyReading({ bytes }: Span, level: RecordArrays): Candidate[] {
  const [url, value] = [positionOf(level, 1), positionOf(level, 2)];
  if (url === -1 || level.count !== (value === -1 ? 1 : 2) || (level.tags[url] as number) % 8 !== 2) return [];
  if (value !== -1 && (level.tags[value] as number) % 8 !== 2) return [];
  const text = textFrom(bytes, level.valueStarts[url] as number, level.ends[url] as number);
  if (!/^[\x21-\x7e]*\/[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/.test(text)) return [];
  return [{ as: "any", readAs: "any", text, tone: "quiet", why: "field 1 is a type URL" }];
}

/** The only record of a field; -1 when there is none. */
function positionOf({ tags, count: total }: RecordArrays, number: number): number {
  for (let at = 0; at < total; at++) if ((tags[at] as number) >>> 3 === number) return at;
  return -1;
}

/** The run that the bytes look most like first; the others are there to be chosen. */
function packedReadings(span: Span): Candidate[] {
  const { bytes, start, end } = span;
  const size = end - start;
  const likely = plausiblePacked(bytes, start, end);
  const list: Candidate[] = [];
  const add = (type: ScalarReading, total: number, noun: string): void => {
    const candidate = packedReading(span, type, count(total, noun));
    if (candidate.as === likely) list.unshift(candidate);
    else list.push({ ...candidate, isUnlikely: true });
  };
  const varints = countVarints(bytes, start, end);
  if (varints > 0) for (const type of ["uint64", "sint64"] as const) add(type, varints, "varint");
  if (size > 0 && size % 8 === 0) for (const type of ["fixed64", "double"] as const) add(type, size / 8, "element");
  if (size > 0 && size % 4 === 0) for (const type of ["fixed32", "float"] as const) add(type, size / 4, "element");
  return list;
}

function packedReading({ bytes, start, end }: Span, type: ScalarReading, why: string): Candidate {
  return { as: `packed ${type}`, readAs: `packed ${type}`, text: packedText(bytes, { start, end }, type), tone: "number", why };
}

/** Varints that fill `start`..`end` exactly; 0 when they do not. */
function countVarints(bytes: Uint8Array, start: number, end: number): number {
  let total = 0;
  for (let at = start; at < end; total++) {
    const next = varintEnd(bytes, at, end);
    if (next < 0) return 0;
    at = next;
  }
  return total;
}

function streamText({ bytes, start, end }: Span): string {
  const parts: string[] = [];
  let at = start;
  while (at < end && parts.length < maxListed) {
    const after = varintEnd(bytes, at, end);
    const stop = after + Number(readVarint(bytes, at, after));
    parts.push(`{${after === stop ? "" : messageText(bytes, after, stop)}}`);
    at = stop;
  }
  return `${parts.join(" ")}${at < end ? " …" : ""}`;
}

function characters(bytes: Uint8Array, start: number, end: number): string {
  let total = 0;
  for (let at = start; at < end; at++) if (((bytes[at] as number) & 0xc0) !== 0x80) total++;
  const bom = textFrom(bytes, start, Math.min(end, start + 3)).startsWith("\ufeff") ? " · begins with a byte order mark" : "";
  return `${count(total, "character")}${bom}`;
}

function count(total: number, noun: string): string {
  return `${total.toLocaleString("en")} ${noun}${total === 1 ? "" : "s"}`;
}
