import { parsed, type Parsed, refused } from "./parsed.ts";
import { fraction, type TimestampParts } from "./time-text.ts";

/** google.protobuf.Duration: seconds and nanoseconds of the same sign. */
export type DurationParts = TimestampParts;

/** 10,000 years in seconds, the longest Duration either way. */
export const mostDurationSeconds = 315_576_000_000n;

const unitNanos: ReadonlyMap<string, bigint> = new Map([
  ["d", 86_400_000_000_000n],
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["min", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ns", 1n],
]);

/** Reads a length of time as typed: `1.5s`, `250 ms`, `1h 30m`, `-2m`; a bare number is seconds. Exact to the nanosecond. */
export function parseDurationText(text: string): Parsed<DurationParts> {
  const trimmed = text.trim();
  if (trimmed === "") return refused("empty, a length of time such as 1.5s is needed", 0);
  const isNegative = trimmed.startsWith("-");
  let rest = trimmed.replace(/^[+-]\s*/, "");
  let nanos = 0n;
  if (/^\d+(\.\d+)?$/.test(rest)) rest += "s";
  while (rest !== "") {
    const match = /^(\d+)(?:\.(\d+))?\s*([a-zµμ]+)\s*/.exec(rest);
    const position = text.indexOf(rest);
    if (match === null) return refused(`“${rest}” is no number with a unit such as 250ms`, Math.max(position, 0));
    const unit = unitNanos.get(match[3] ?? "");
    if (unit === undefined) return refused(`“${match[3]}” is no unit; d, h, m, s, ms, us and ns are`, Math.max(position, 0));
    const digits = match[2] ?? "";
    const scale = 10n ** BigInt(digits.length);
    const part = BigInt(digits === "" ? "0" : digits) * unit;
    if (part % scale !== 0n) return refused("finer than a nanosecond", Math.max(position, 0));
    nanos += BigInt(match[1] ?? "0") * unit + part / scale;
    rest = rest.slice(match[0].length);
  }
  const seconds = nanos / 1_000_000_000n;
  if (seconds > mostDurationSeconds) return refused(`${seconds} s is more than ${mostDurationSeconds} s, the longest Duration`, 0);
  const left = Number(nanos % 1_000_000_000n);
  return parsed(isNegative ? { seconds: -seconds, nanos: left === 0 ? 0 : -left } : { seconds, nanos: left });
}

/** Reads a length of time as ProtoJSON allows it: seconds with up to nine digits and `s`. */
export function parseDurationJson(text: string): Parsed<DurationParts> {
  if (!/^-?\d+(\.\d{1,9})?s$/.test(text)) return refused(`“${text}” is no Duration such as "1.500s"`, 0);
  return parseDurationText(text);
}

/** A length of time as ProtoJSON writes it, `1.500s`; undefined when it is out of range or the signs of its parts differ. */
export function printDuration({ seconds, nanos }: DurationParts): string | undefined {
  const [positive, magnitude] = [nanos < 0 ? -nanos : nanos, seconds < 0n ? -seconds : seconds];
  if (magnitude > mostDurationSeconds || positive > 999_999_999) return undefined;
  if ((seconds < 0n && nanos > 0) || (seconds > 0n && nanos < 0)) return undefined;
  return `${seconds < 0n || nanos < 0 ? "-" : ""}${magnitude}${fraction(positive)}s`;
}
