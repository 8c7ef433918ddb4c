import { createGrpcWebTextDecoder, envelopeFlags, envelopePrefixLength } from "@rpcdeck/frames";
import { readVarint, varintEnd } from "@rpcdeck/wire";
import { cutFrameProblem, framingProblem, kindOf } from "./envelope-rules.ts";
import type { BodyFrame, LegBytes } from "./types.ts";

/** A body cut into frames. */
export interface Body {
  /** The body; for grpc-web-text what its base64 stands for. */
  readonly bytes: Uint8Array;
  readonly frames: readonly BodyFrame[];
  /** Bytes after the last whole frame. */
  readonly leftoverStart: number;
  /** One line when something is wrong with the framing; what cannot be read goes before what breaks a rule. */
  readonly problem: string | undefined;
}

/** Frames that are listed; the count stops there. */
const maxListedFrames = 100_000;

/** Cuts a body by its framing. Never throws: what is cut off or broken is left over. */
export function splitBody(leg: LegBytes & { kind: "bytes" }): Body {
  if (leg.framing === "none") {
    const { length } = leg.bytes;
    const isCompressed = length > 0 && isEncoded(leg.encoding);
    const frame: BodyFrame = { kind: "message", start: 0, end: length, messageStart: 0, flags: undefined, isCompressed };
    return { bytes: leg.bytes, frames: [frame], leftoverStart: length, problem: undefined };
  }
  let { bytes } = leg;
  let problem: string | undefined;
  if (leg.framing === "grpc-web-text") {
    const decoder = createGrpcWebTextDecoder();
    const head = decoder.push(bytes);
    const tail = head === undefined ? undefined : decoder.end();
    if (head === undefined) problem = "The body is not base64";
    else if (tail === undefined) problem = "The base64 text ends inside a byte";
    bytes = joined(head ?? new Uint8Array(), tail ?? new Uint8Array());
  }
  if (leg.framing === "delimited") return splitDelimited(bytes, leg.isComplete && leg.droppedBytes === 0);
  const frames: BodyFrame[] = [];
  let at = 0;
  while (bytes.length - at >= envelopePrefixLength && frames.length < maxListedFrames) {
    const flags = bytes[at] as number;
    const length = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0);
    const messageStart = at + envelopePrefixLength;
    if (length > bytes.length - messageStart) break;
    frames.push({
      kind: kindOf(leg.framing, flags),
      start: at,
      end: messageStart + length,
      messageStart,
      flags,
      isCompressed: (flags & envelopeFlags.compressed) !== 0,
    });
    at = messageStart + length;
  }
  if (at < bytes.length && frames.length < maxListedFrames && leg.isComplete && leg.droppedBytes === 0)
    problem ??= cutFrameProblem(bytes.subarray(at));
  problem ??= framingProblem(leg.framing, frames, isEncoded(leg.encoding));
  return { bytes, frames, leftoverStart: at, problem };
}

/** Messages behind their length, as writeDelimitedTo of the runtimes writes them. */
function splitDelimited(bytes: Uint8Array, isWhole: boolean): Body {
  const frames: BodyFrame[] = [];
  let at = 0;
  while (at < bytes.length && frames.length < maxListedFrames) {
    const messageStart = varintEnd(bytes, at, bytes.length);
    const length = messageStart < 0 ? -1 : Number(readVarint(bytes, at, messageStart));
    if (length < 0 || length > bytes.length - messageStart) break;
    frames.push({ kind: "message", start: at, end: messageStart + length, messageStart, flags: undefined, isCompressed: false });
    at = messageStart + length;
  }
  const problem = at < bytes.length && frames.length < maxListedFrames && isWhole ? "The bytes end inside a message" : undefined;
  return { bytes, frames, leftoverStart: at, problem };
}

/** False for "" and "identity". */
export function isEncoded(encoding: string): boolean {
  return encoding !== "" && encoding.toLowerCase() !== "identity";
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (other.length === 0) return one;
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}
