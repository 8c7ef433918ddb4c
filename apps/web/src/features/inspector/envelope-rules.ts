import { envelopeFlags, envelopePrefixLength } from "@rpcdeck/frames";
import type { BodyFrame, BodyFraming } from "./types.ts";

type Kind = BodyFrame["kind"];

/** Framings whose messages stand in envelopes. */
export type EnvelopedFraming = Exclude<BodyFraming, "none" | "delimited">;

/** What each protocol calls itself, and the kind of frame that ends its bodies. gRPC has none: its trailers are HTTP's. */
const protocols: Readonly<Record<EnvelopedFraming, { readonly name: string; readonly end: Exclude<Kind, "message"> | undefined }>> = {
  grpc: { name: "gRPC", end: undefined },
  "grpc-web": { name: "gRPC-Web", end: "trailers" },
  "grpc-web-text": { name: "gRPC-Web", end: "trailers" },
  "connect-stream": { name: "Connect", end: "end-stream" },
};

const ends = {
  trailers: { flag: envelopeFlags.grpcWebTrailers, word: "trailers" },
  "end-stream": { flag: envelopeFlags.connectEndStream, word: "end of stream" },
} as const;

/** What a frame with these flags is in this framing. */
export function kindOf(framing: EnvelopedFraming, flags: number): Kind {
  const { end } = protocols[framing];
  return end !== undefined && (flags & ends[end].flag) !== 0 ? end : "message";
}

/**
 * One line about the first frame of an enveloped body that breaks a rule of its protocol, and undefined where none does: reserved flag bits,
 * frames after the trailers or the end of stream, and messages marked as compressed where no encoding is named.
 */
export function framingProblem(framing: EnvelopedFraming, frames: readonly BodyFrame[], namesEncoding: boolean): string | undefined {
  const isWrong = (frame: BodyFrame, at: number): boolean =>
    hasReservedBits(frame) || (frame.kind !== "message" && at < frames.length - 1) || (frame.isCompressed && !namesEncoding);
  const at = frames.findIndex(isWrong);
  const frame = frames[at];
  if (frame === undefined) return undefined;
  const which = `Frame ${(at + 1).toLocaleString("en")}`;
  if (hasReservedBits(frame)) {
    const { name, end } = protocols[framing];
    const other = end === undefined ? "" : `, and ${flagText(ends[end].flag)}, ${ends[end].word}`;
    return `${which} has flag ${flagText(frame.flags)}: ${name} defines only ${flagText(envelopeFlags.compressed)}, compressed${other}`;
  }
  if (frame.kind !== "message" && at < frames.length - 1)
    return `${which}, the ${ends[frame.kind].word}, is not the last of ${frames.length.toLocaleString("en")}`;
  return `${which} is marked as compressed, and no encoding is named`;
}

/** One line about the bytes behind the last whole frame. */
export function cutFrameProblem(leftover: Uint8Array): string {
  if (leftover.length < envelopePrefixLength)
    return `The body ends inside a frame: ${leftover.length} of the ${envelopePrefixLength} bytes of its prefix are there`;
  const announced = new DataView(leftover.buffer, leftover.byteOffset + 1, 4).getUint32(0);
  const there = leftover.length - envelopePrefixLength;
  return `The body ends inside a frame: its prefix announces ${announced.toLocaleString("en")} B, ${there.toLocaleString("en")} B are there`;
}

/** "flag 01, compressed · length 77": what the prefix of a frame says. */
export function prefixText(frame: BodyFrame): string {
  const words = [];
  if (frame.isCompressed) words.push("compressed");
  if (frame.kind !== "message") words.push(ends[frame.kind].word);
  if (hasReservedBits(frame)) words.push("reserved bits");
  if (words.length === 0) words.push("not compressed");
  return `flag ${flagText(frame.flags)}, ${words.join(", ")} · length ${(frame.end - frame.messageStart).toLocaleString("en")}`;
}

/** True for bits that do not belong to a frame of its kind. */
function hasReservedBits({ flags = 0, kind }: BodyFrame): boolean {
  const own = kind === "message" ? 0 : ends[kind].flag;
  return (flags & ~(envelopeFlags.compressed | own)) !== 0;
}

function flagText(flags = 0): string {
  return flags.toString(16).padStart(2, "0");
}
