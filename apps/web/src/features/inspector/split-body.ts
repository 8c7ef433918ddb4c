import { createDelimitedSplitter, createGrpcWebTextDecoder, envelopeFlags, envelopePrefixLength } from "@rpcdeck/frames";
import { hexOffset } from "@rpcdeck/wire";
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

/** Most bytes of a protobuf message: 2 GiB and no byte of it. */
const maxMessageBytes = 2 ** 31 - 1;

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
    const tail = decoder.end();
    if (head.brokenAt !== undefined) problem = notBase64(bytes, head.brokenAt);
    else if (tail === undefined && leg.isComplete && leg.droppedBytes === 0) problem = "The base64 text ends inside a byte";
    bytes = joined(head.bytes, tail ?? new Uint8Array());
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
  let problem: string | undefined;
  const which = (): string => `message ${(frames.length + 1).toLocaleString("en")}`;
  const splitter = createDelimitedSplitter(maxMessageBytes, {
    onMessage(message, prefixLength) {
      const messageStart = at + prefixLength;
      const end = messageStart + message.length;
      frames.push({ kind: "message", start: at, end, messageStart, flags: undefined, isCompressed: false });
      at = end;
      if (frames.length === maxListedFrames) splitter.stop();
    },
    onTooLarge(size) {
      problem = `The length of ${which()} is ${size.toLocaleString("en")} B: a protobuf message has less than 2 GiB`;
    },
    onBadLength() {
      problem = `The length of ${which()} does not end within the 10 bytes of a varint`;
    },
    onEnd(leftover) {
      if (leftover > 0 && isWhole) problem = "The bytes end inside a message";
    },
  });
  splitter.push(bytes);
  splitter.end();
  return { bytes, frames, leftoverStart: at, problem };
}

/** One line about the first character of a text that cannot stand in base64 there. */
function notBase64(text: Uint8Array, at: number): string {
  const byte = text[at] ?? 0;
  const char = byte > 0x20 && byte < 0x7f ? `“${String.fromCharCode(byte)}”` : `byte ${byte.toString(16).padStart(2, "0")}`;
  const where = `at ${hexOffset(at)} of the text`;
  return at === 0 ? `The body is not base64: ${char} ${where}` : `Not base64: ${char} ${where}. What stands before it is shown`;
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
