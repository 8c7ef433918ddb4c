import { report, type Sink } from "./finding-sink.ts";
import { kinds } from "./message-table.ts";
import { contentOf, recordsOf, type OpenMessage } from "./records-of.ts";
import { textFrom } from "./utf8.ts";
import { readVarint, varintEnd } from "./varint.ts";

/** A Duration whose seconds and nanoseconds differ in sign has no meaning (google/protobuf/duration.proto). */
export function checkDurationSigns(sink: Sink, duration: OpenMessage): void {
  const { bytes } = sink;
  const content = contentOf(bytes, duration);
  const last = [0n, 0n, 0n];
  for (const { number, wireType, valueStart, end } of recordsOf(bytes, content, sink.budget)) {
    if (wireType === 0 && number < last.length) last[number] = BigInt.asIntN(number === 1 ? 64 : 32, readVarint(bytes, valueStart, end));
  }
  const [, seconds = 0n, nanos = 0n] = last;
  if ((seconds > 0n && nanos < 0n) || (seconds < 0n && nanos > 0n)) report(sink, "duration-signs", content.start, content.end, undefined);
}

const { unknown, varint64, bool, uint32, typeId, timestampSeconds, timestampNanos, durationNanos } = kinds;

/** The type URL of an Any names a type that the registry knows; without a registry nobody can say. */
export function checkTypeUrl(sink: Sink, start: number, end: number): void {
  if (sink.registry === undefined || start === end) return;
  const url = textFrom(sink.bytes, start, end);
  if (sink.registry.getMessage(url.slice(url.lastIndexOf("/") + 1)) === undefined) report(sink, "type-unknown", start, end, undefined);
}

/** What can be said of a varint of two bytes or more, by the kind of its field. */
export function checkVarint(sink: Sink, at: number, after: number, kind: number): void {
  const { bytes } = sink;
  const last = bytes[after - 1] as number;
  const length = after - at;
  if (last === 0) report(sink, "varint-overlong", at, after, undefined);
  if (length === 10 && last > 1) report(sink, "varint-bits-dropped", after - 1, after, undefined);
  if (kind === varint64 || kind === unknown) return;
  if (kind === bool) {
    if (readVarint(bytes, at, after) > 1n) report(sink, "bool-not-0-or-1", at, after, undefined);
  } else if (kind === typeId) {
    if (BigInt.asUintN(32, readVarint(bytes, at, after)) === 0n) report(sink, "type-id-zero", at, after, undefined);
  } else if (length < 5 || (length === 5 && last < 0x03)) return; // at most 30 bits: in every range
  else if (kind >= timestampSeconds) {
    if (length > 5 || kind === timestampNanos || kind === durationNanos) checkTime(sink, at, after, kind);
  } else if (length > 5 || last > 0x0f) {
    const raw = readVarint(bytes, at, after);
    const value = kind === uint32 ? raw : BigInt.asIntN(64, raw);
    if (value > 0xffff_ffffn || value < -0x8000_0000n) report(sink, "value-truncated", at, after, undefined);
  }
}

/** Ranges of google/protobuf/timestamp.proto and duration.proto. Seconds of up to 35 bits and nanoseconds of up to 29 cannot be outside. */
function checkTime(sink: Sink, at: number, after: number, kind: number): void {
  const raw = readVarint(sink.bytes, at, after);
  const seconds = BigInt.asIntN(64, raw);
  const nanos = BigInt.asIntN(32, raw);
  switch (kind) {
    case kinds.timestampSeconds:
      if (seconds < -62_135_596_800n || seconds > 253_402_300_799n) report(sink, "timestamp-seconds", at, after, undefined);
      break;
    case kinds.timestampNanos:
      if (nanos < 0n || nanos > 999_999_999n) report(sink, "timestamp-nanos", at, after, undefined);
      break;
    case kinds.durationSeconds:
      if (seconds < -315_576_000_000n || seconds > 315_576_000_000n) report(sink, "duration-seconds", at, after, undefined);
      break;
    default:
      if (nanos < -999_999_999n || nanos > 999_999_999n) report(sink, "duration-nanos", at, after, undefined);
  }
}

/** A packed run: whole elements, and what can be said of each. */
export function checkPacked(sink: Sink, at: number, stop: number, kind: number): void {
  const { bytes } = sink;
  if (at === stop) report(sink, "packed-empty", at - 1, stop, undefined);
  const size = kind === kinds.i64 ? 8 : kind === kinds.i32 ? 4 : 0;
  if (size !== 0) {
    const rest = (stop - at) % size;
    if (rest !== 0) report(sink, "packed-truncated", stop - rest, stop, undefined);
    return;
  }
  let next = at;
  while (next < stop) {
    const byte = bytes[next] as number;
    if (byte < 0x80) {
      next++;
      if (kind === kinds.bool && byte > 1) report(sink, "bool-not-0-or-1", next - 1, next, undefined);
      continue;
    }
    const after = varintEnd(bytes, next, stop);
    if (after < 0) {
      report(sink, after === -1 ? "packed-truncated" : "varint-too-long", next, stop, undefined);
      return;
    }
    checkVarint(sink, next, after, kind);
    next = after;
  }
}
