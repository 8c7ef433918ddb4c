import type { Frame } from "./frame.ts";

/** Compressions this project can undo itself, in the order it prefers them. Others are passed through. */
export const knownEncodings = ["gzip", "br", "zstd", "deflate"] as const;

/** A compression this project can undo. */
export type KnownEncoding = (typeof knownEncodings)[number];

/** True for a name in {@link knownEncodings}. */
export function isKnownEncoding(name: string): name is KnownEncoding {
  return (knownEncodings as readonly string[]).includes(name);
}

/**
 * Undoes a compression; given by the host (node:zlib, DecompressionStream). Rejects for an encoding it does not know, broken bytes, and
 * output of more than `maxBytes`.
 */
export type Decompress = (bytes: Uint8Array, encoding: string, maxBytes: number) => Promise<Uint8Array>;

/** The message of a frame: its bytes, or what `decompress` makes of them. */
export async function messageOf(frame: Frame, encoding: string, maxBytes: number, decompress: Decompress): Promise<Uint8Array> {
  return frame.compressed && encoding !== "identity" ? decompress(frame.bytes, encoding, maxBytes) : frame.bytes;
}

/** Names of an accept-encoding list in order, lower case, without "identity", `*` and those with q=0. */
export function parseAcceptEncoding(value: string): string[] {
  if (value === "") return [];
  const names: string[] = [];
  for (const part of value.split(",")) {
    const [name = "", ...parameters] = part.split(";");
    const trimmed = name.trim().toLowerCase();
    if (trimmed === "" || trimmed === "identity" || trimmed === "*") continue;
    if (parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter))) continue;
    if (!names.includes(trimmed)) names.push(trimmed);
  }
  return names;
}
