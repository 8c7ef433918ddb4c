import { envelopeFlags, writeEnvelope } from "./envelope.ts";
import type { Header } from "./header.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** True for the flag byte of a trailer frame (0x80, or 0x81 where it is compressed). */
export function isGrpcWebTrailers(flags: number): boolean {
  return (flags & envelopeFlags.grpcWebTrailers) !== 0;
}

/** The trailer frame: `name: value` lines in lower case, each ended by CRLF, no blank line. */
export function writeGrpcWebTrailers(trailers: readonly Header[]): Uint8Array<ArrayBuffer> {
  let block = "";
  for (const [name, value] of trailers) block += `${name.toLowerCase()}: ${value}\r\n`;
  return writeEnvelope(envelopeFlags.grpcWebTrailers, encoder.encode(block));
}

/** Trailers of a trailer frame's (decompressed) bytes. Tolerant: LF alone ends a line, lines without a colon are skipped. */
export function parseGrpcWebTrailers(bytes: Uint8Array): Header[] {
  const trailers: Header[] = [];
  for (const line of decoder.decode(bytes).split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) trailers.push([line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]);
  }
  return trailers;
}
