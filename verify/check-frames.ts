import {
  createDelimitedSplitter,
  createEnvelopeSplitter,
  createGrpcWebTextDecoder,
  encodeGrpcWebText,
  writeEnvelope,
} from "@rpcdeck/frames";
import type { Random } from "./random.ts";

const maxMessageBytes = 256;

/**
 * What the frame formats promise: any bytes in any chunks give the same frames, what was framed comes back, and the text form of gRPC-Web
 * gives its bytes back however it is cut. The first promise broken, in words.
 */
export function checkFrames(bytes: Uint8Array, random: Random): string | undefined {
  const whole = framesOf([bytes]);
  const cut = framesOf(chunksOf(bytes, random));
  if (whole !== cut) return `frames depend on the chunks: ${whole} and ${cut}`;
  const [wholeDelimited, cutDelimited] = [delimitedOf([bytes]), delimitedOf(chunksOf(bytes, random))];
  if (wholeDelimited !== cutDelimited) return `delimited messages depend on the chunks: ${wholeDelimited} and ${cutDelimited}`;
  const at = random.below(bytes.length + 1);
  const [flags, otherFlags] = [random.below(256), random.below(256)];
  const framed = Buffer.concat([writeEnvelope(flags, bytes.subarray(0, at)), writeEnvelope(otherFlags, bytes.subarray(at))]);
  const back = framesOf(chunksOf(framed, random));
  const wanted =
    Math.max(at, bytes.length - at) > maxMessageBytes
      ? undefined
      : `${flags} ${Buffer.from(bytes.subarray(0, at)).toString("hex")}; ${otherFlags} ${Buffer.from(bytes.subarray(at)).toString("hex")}; end 0; `;
  if (wanted !== undefined && back !== wanted) return `framed at ${at}, the bytes come back as ${back}`;
  const text = Buffer.concat([encodeGrpcWebText(bytes.subarray(0, at)), encodeGrpcWebText(bytes.subarray(at))]);
  const decoded = decode(chunksOf(text, random));
  if (decoded !== Buffer.from(bytes).toString("hex")) return `gRPC-Web text comes back as ${decoded}`;
  const [one, other] = [decode([bytes]), decode(chunksOf(bytes, random))];
  return one === other ? undefined : `gRPC-Web text depends on the chunks: ${one} and ${other}`;
}

function framesOf(chunks: readonly Uint8Array[]): string {
  let seen = "";
  const splitter = createEnvelopeSplitter(maxMessageBytes, {
    onEnvelope: (flags, message) => (seen += `${flags} ${Buffer.from(message).toString("hex")}; `),
    onTooLarge: (size) => (seen += `too large ${size}; `),
    onEnd: (leftover) => (seen += `end ${leftover}; `),
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return seen;
}

/** The bytes in hex, and where and how the text breaks off. */
function decode(chunks: readonly Uint8Array[]): string {
  const decoder = createGrpcWebTextDecoder();
  const parts: Uint8Array[] = [];
  let problem = "";
  for (const chunk of chunks) {
    const { bytes, brokenAt } = decoder.push(chunk);
    parts.push(bytes);
    if (brokenAt !== undefined) problem = ` broken at ${brokenAt}`;
  }
  const rest = decoder.end();
  if (rest !== undefined) parts.push(rest);
  else if (problem === "") problem = " cut";
  return Buffer.concat(parts).toString("hex") + problem;
}

/** The messages behind their lengths in hex, and the end. */
function delimitedOf(chunks: readonly Uint8Array[]): string {
  let seen = "";
  const splitter = createDelimitedSplitter(maxMessageBytes, {
    onMessage: (message, prefixLength) => (seen += `${prefixLength} ${Buffer.from(message).toString("hex")}; `),
    onTooLarge: (size) => (seen += `too large ${size}; `),
    onBadLength: () => (seen += "bad length; "),
    onEnd: (leftover) => (seen += `end ${leftover}; `),
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return seen;
}

/** `bytes` cut at random places, empty chunks included. */
function chunksOf(bytes: Uint8Array, random: Random): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = random.below(12);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
