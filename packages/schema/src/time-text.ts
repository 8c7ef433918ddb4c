import { parsed, type Parsed, refused } from "./parsed.ts";

/** google.protobuf.Timestamp: seconds since 1970, and nanoseconds from 0 to 999,999,999 added to them. */
export interface TimestampParts {
  readonly seconds: bigint;
  readonly nanos: number;
}

/** Where a clock hangs: UTC, the reader's own zone, or a fixed number of minutes east of UTC. */
export type Zone = { readonly kind: "utc" } | { readonly kind: "local" } | { readonly kind: "offset"; readonly minutes: number };

/** 0001-01-01T00:00:00Z, the earliest Timestamp. */
export const leastTimestampSeconds = -62_135_596_800n;
/** 9999-12-31T23:59:59Z, the latest. */
export const mostTimestampSeconds = 253_402_300_799n;

/**
 * Reads a point in time as typed: `2026-11-22 05:41:08.482`, with `T` or a blank, seconds and fraction optional, the time of day optional. A
 * trailing `Z` or `+02:00` wins over `zone`. Says which part is wrong.
 */
export function parseTimestampText(text: string, zone: Zone): Parsed<TimestampParts> {
  const lead = text.length - text.trimStart().length;
  const trimmed = text.trim();
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*([Zz]|[+-]\d{2}:?\d{2})?$/.exec(
    trimmed,
  );
  if (match === null) return refused(whatIsWrong(trimmed), lead);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((group) => Number(match[group] ?? "0"));
  const parts: readonly [string, number, number, number][] = [
    ["year", year ?? 0, 1, 9999],
    ["month", month ?? 0, 1, 12],
    ["day", day ?? 0, 1, daysIn(year ?? 0, month ?? 0)],
    ["hour", hour ?? 0, 0, 23],
    ["minute", minute ?? 0, 0, 59],
    ["second", second ?? 0, 0, 59],
  ];
  for (const [name, value, least, most] of parts) {
    if (value < least || value > most) return refused(`${name} ${value} is not between ${least} and ${most}`, lead + trimmed.search(/\d/));
  }
  const utc = new Date(0);
  utc.setUTCFullYear(year ?? 0, (month ?? 1) - 1, day);
  utc.setUTCHours(hour ?? 0, minute, second, 0);
  const offsetMinutes = match[8] === undefined ? offsetIn(zone, utc) : offsetFrom(match[8]);
  const seconds = BigInt(utc.getTime() / 1000) - BigInt(offsetMinutes * 60);
  if (seconds < leastTimestampSeconds || seconds > mostTimestampSeconds) return refused("outside the years 1 to 9999", lead);
  return parsed({ seconds, nanos: Number((match[7] ?? "").padEnd(9, "0")) });
}

/** A point in time as ProtoJSON writes it; undefined when it is outside the years 1 to 9999 or its nanoseconds are not a fraction. */
export function printTimestampJson({ seconds, nanos }: TimestampParts): string | undefined {
  if (seconds < leastTimestampSeconds || seconds > mostTimestampSeconds || nanos < 0 || nanos > 999_999_999) return undefined;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${fraction(nanos)}Z`;
}

/** Reads a point in time as ProtoJSON allows it: RFC 3339 with `T` and an offset. */
export function parseTimestampJson(text: string): Parsed<TimestampParts> {
  if (!/^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/.test(text)) {
    return refused(`“${text}” is no RFC 3339 time such as 2026-11-22T05:41:08.482Z`, 0);
  }
  return parseTimestampText(text, { kind: "utc" });
}

/** A point in time for a text slot beside its zone: `2026-11-22 05:41:08.482`; undefined as for `printTimestampJson`. */
export function printTimestampText({ seconds, nanos }: TimestampParts, zone: Zone): string | undefined {
  if (seconds < leastTimestampSeconds || seconds > mostTimestampSeconds) return undefined;
  const moved = seconds + BigInt(offsetAt(zone, seconds) * 60);
  return printTimestampJson({ seconds: moved, nanos })?.replace("T", " ").slice(0, -1);
}

/** Milliseconds since 1970 as a Timestamp. */
export function timestampFromMs(ms: number): TimestampParts {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.round(ms - seconds * 1000) * 1_000_000 };
}

/** Nanoseconds as a fraction of 0, 3, 6 or 9 digits. */
export function fraction(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  if (digits.endsWith("000000")) return `.${digits.slice(0, 3)}`;
  return digits.endsWith("000") ? `.${digits.slice(0, 6)}` : `.${digits}`;
}

function whatIsWrong(text: string): string {
  if (text === "") return "empty, a time such as 2026-11-22 05:41:08 is needed";
  const date = /^(\d{4})-(\d{1,2})-(\d{1,2})/.exec(text);
  if (date === null) return `date is not year-month-day: “${text.slice(0, 24)}”`;
  const rest = text.slice(date[0].length);
  if (/\.\d{10,}/.test(rest)) return "more than nine digits of a second";
  return `time of day is not hour:minute:second: “${rest.trim().slice(0, 24)}”`;
}

function daysIn(year: number, month: number): number {
  const last = new Date(0);
  last.setUTCFullYear(year, month, 0);
  return last.getUTCDate();
}

function offsetFrom(text: string): number {
  if (/^[Zz]$/.test(text)) return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return text.startsWith("-") ? -minutes : minutes;
}

/** Minutes east of UTC for a wall clock that shows the fields of `wall` read as UTC. */
function offsetIn(zone: Zone, wall: Date): number {
  if (zone.kind === "utc") return 0;
  if (zone.kind === "offset") return zone.minutes;
  const local = new Date(0);
  local.setFullYear(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate());
  local.setHours(wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds(), 0);
  return Math.round((wall.getTime() - local.getTime()) / 60_000);
}

function offsetAt(zone: Zone, seconds: bigint): number {
  if (zone.kind === "utc") return 0;
  if (zone.kind === "offset") return zone.minutes;
  return -new Date(Number(seconds) * 1000).getTimezoneOffset();
}
