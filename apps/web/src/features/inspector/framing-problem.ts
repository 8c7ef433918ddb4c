import { envelopeFlags, envelopePrefixLength } from "@rpcdeck/frames";
import type { BodyFrame, BodyFraming } from "./types.ts";

type Enveloped = Exclude<BodyFraming, "none" | "delimited">;

/** The flag bits that each protocol defines; the rest is reserved. */
const defined: Readonly<Record<Enveloped, { readonly name: string; readonly bits: number; readonly words: string }>> = {
  grpc: { name: "gRPC", bits: envelopeFlags.compressed, words: "01, compressed" },
  "grpc-web": {
    name: "gRPC-Web",
    bits: envelopeFlags.compressed | envelopeFlags.grpcWebTrailers,
    words: "01, compressed, and 80, trailers",
  },
  "grpc-web-text": {
    name: "gRPC-Web",
    bits: envelopeFlags.compressed | envelopeFlags.grpcWebTrailers,
    words: "01, compressed, and 80, trailers",
  },
  "connect-stream": {
    name: "Connect",
    bits: envelopeFlags.compressed | envelopeFlags.connectEndStream,
    words: "01, compressed, and 02, end of stream",
  },
};

/**
 * One line about the first frame of an enveloped body that breaks a rule of its protocol, and undefined where none does: reserved flag bits,
 * frames after the trailers or the end of stream, and messages marked as compressed where no encoding is named.
 */
export function framingProblem(framing: Enveloped, frames: readonly BodyFrame[], namesEncoding: boolean): string | undefined {
  const { name, bits, words } = defined[framing];
  for (const [at, { flags = 0, kind, isCompressed }] of frames.entries()) {
    const which = `Frame ${(at + 1).toLocaleString("en")}`;
    if ((flags & ~bits) !== 0) return `${which} has flag ${hex(flags)}: ${name} defines only ${words}`;
    if (kind !== "message" && at < frames.length - 1)
      return `${which}, ${kind === "trailers" ? "the trailers" : "the end of the stream"}, is not the last of ${frames.length.toLocaleString("en")}`;
    if (isCompressed && !namesEncoding) return `${which} is marked as compressed, and no encoding is named`;
  }
  return undefined;
}

/** One line about the bytes behind the last whole frame. */
export function cutFrameProblem(leftover: Uint8Array): string {
  if (leftover.length < envelopePrefixLength)
    return `The body ends inside a frame: ${leftover.length} of the ${envelopePrefixLength} bytes of its prefix are there`;
  const announced = new DataView(leftover.buffer, leftover.byteOffset + 1, 4).getUint32(0);
  const there = leftover.length - envelopePrefixLength;
  return `The body ends inside a frame: its prefix announces ${announced.toLocaleString("en")} B, ${there.toLocaleString("en")} B are there`;
}

function hex(flags: number): string {
  return flags.toString(16).padStart(2, "0");
}
