import type { DiagnosticCode } from "./diagnostic.ts";
import { parsesStrictly, readLength, recordFlags, type RecordArrays } from "./scan-level.ts";
import { varintEnd } from "./varint.ts";

/** Streams of more messages than this stay closed. */
const maxStreamMessages = 4 * 1024 * 1024;

/**
 * Cuts `start`..`end` into messages that each follow their length (`writeDelimitedTo`, protobuf-es `sizeDelimitedEncode`). What is left after
 * the last whole one becomes a malformed record. Undefined for more than {@link maxStreamMessages}.
 */
export function scanStream(bytes: Uint8Array, start: number, end: number): RecordArrays | undefined {
  const starts: number[] = [];
  const valueStarts: number[] = [];
  const ends: number[] = [];
  let fault: { offset: number; code: DiagnosticCode } | undefined;
  for (let at = start; at < end;) {
    if (starts.length === maxStreamMessages) return undefined;
    const after = varintEnd(bytes, at, end);
    const length = after < 0 ? 0 : readLength(bytes, at, after);
    if (after < 0) fault = { offset: at, code: after === -1 ? "length-truncated" : "varint-too-long" };
    else if (length > end - after) fault = { offset: at, code: "length-past-end" };
    starts.push(at);
    valueStarts.push(after < 0 ? at : after);
    at = fault === undefined ? after + length : end;
    ends.push(at);
  }
  const count = starts.length;
  const flags = new Uint8Array(count);
  if (fault !== undefined) flags[count - 1] = recordFlags.malformed;
  return {
    start,
    end,
    count,
    tags: new Uint32Array(count).fill(2),
    starts: Uint32Array.from(starts),
    valueStarts: Uint32Array.from(valueStarts),
    ends: Uint32Array.from(ends),
    flags,
    fault,
  };
}

/** Messages of a stream whose lengths add up and that all parse without a fault; 0 where one does not. Empty messages count. */
export function countStream(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; count++) {
    const after = varintEnd(bytes, at, end);
    if (after < 0) return 0;
    const length = readLength(bytes, at, after);
    if (length > end - after || (length > 0 && !parsesStrictly(bytes, after, after + length))) return 0;
    at = after + length;
  }
  return count;
}
