import { varintBytes } from "./varint-bytes.ts";

/** A message behind its length as a varint, as writeDelimitedTo of the runtimes writes it. */
export function writeDelimited(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = varintBytes(bytes.length);
  const delimited = new Uint8Array(prefix.length + bytes.length);
  delimited.set(prefix);
  delimited.set(bytes, prefix.length);
  return delimited;
}
