import { parse } from "@rpcdeck/wire";
import { isConnectEndStream, parseConnectEndStream, parseGrpcWebTrailers } from "@rpcdeck/frames";
import { splitBody, type Body } from "./split-body.ts";
import type { BodyFrame, BodyFraming, LegBytes } from "./types.ts";

/** Longer inputs are not searched for framings that take a look at every byte: base64 text and varint lengths. */
const maxSearchedBytes = 1 << 20;

/** The bytes of an input as one direction of a leg. */
export function inputBytes(bytes: Uint8Array, framing: BodyFraming, encoding: string): LegBytes & { kind: "bytes" } {
  return { kind: "bytes", bytes, framing, codec: "proto", encoding, droppedBytes: 0, isComplete: true };
}

/**
 * The framing that bytes carry, if they carry one from the first byte to the last; else "none". Envelopes begin with a flag byte that no
 * protobuf message begins with, so they are no guess; varint lengths are believed only where the whole is no message and every part is one.
 */
export function recogniseFraming(bytes: Uint8Array): BodyFraming {
  if (bytes.length === 0) return "none";
  const enveloped = splitBody(inputBytes(bytes, "grpc", ""));
  if (isWhole(enveloped)) {
    const flags = enveloped.frames.map((frame) => frame.flags ?? 0);
    const last = enveloped.frames.at(-1) as BodyFrame;
    const lastMessage = bytes.subarray(last.messageStart, last.end);
    const lastFlags = flags.at(-1) as number;
    if (flags.every((flag) => flag <= 1)) return "grpc";
    if (flags.slice(0, -1).every((flag) => flag <= 1)) {
      if ((lastFlags & ~1) === 0x80 && (lastFlags === 0x81 || parseGrpcWebTrailers(lastMessage).length > 0)) return "grpc-web";
      if (isConnectEndStream(lastFlags) && lastFlags <= 3 && (lastFlags === 3 || parseConnectEndStream(lastMessage) !== undefined))
        return "connect-stream";
    }
    return "none";
  }
  if (bytes.length > maxSearchedBytes) return "none";
  if (isBase64Text(bytes) && recogniseFraming(splitBody(inputBytes(bytes, "grpc-web-text", "")).bytes) !== "none") return "grpc-web-text";
  if (parses(bytes)) return "none";
  const delimited = splitBody(inputBytes(bytes, "delimited", ""));
  const isDelimited =
    isWhole(delimited) &&
    delimited.frames.some(({ messageStart, end }) => end > messageStart) &&
    delimited.frames.every(({ messageStart, end }) => parses(bytes.subarray(messageStart, end)));
  return isDelimited ? "delimited" : "none";
}

/** What compressed messages of a body are compressed with, by their first bytes; "" where none is, or it cannot be told (br has no mark). */
export function recogniseEncoding(bytes: Uint8Array, framing: BodyFraming): string {
  const body = splitBody(inputBytes(bytes, framing, ""));
  const frame = framing === "none" ? body.frames[0] : body.frames.find(({ isCompressed }) => isCompressed);
  if (frame === undefined) return "";
  const [one, two, three, four] = body.bytes.subarray(frame.messageStart, frame.end);
  if (one === 0x1f && two === 0x8b && three === 8) return "gzip";
  if (one === 0x28 && two === 0xb5 && three === 0x2f && four === 0xfd) return "zstd";
  // A zlib head: 78, and the pair a multiple of 31. As a message 78 would be field 15.
  if (framing !== "none" && one === 0x78 && two !== undefined && (one * 256 + two) % 31 === 0) return "deflate";
  return "";
}

function isWhole({ frames, leftoverStart, bytes }: Body): boolean {
  return frames.length > 0 && leftoverStart === bytes.length;
}

function parses(bytes: Uint8Array): boolean {
  return parse(bytes).validation().isValid;
}

function isBase64Text(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && bytes.every((byte) => /[A-Za-z0-9+/=\s]/.test(String.fromCharCode(byte)));
}
