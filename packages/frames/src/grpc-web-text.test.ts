import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createGrpcWebTextDecoder, encodeGrpcWebText, writeEnvelope, writeGrpcWebTrailers } from "./index.ts";

/** What `chunks` stand for: hex of the bytes, "cut" where they end inside a byte, and the offset where they are no base64. */
function decode(chunks: readonly Uint8Array[]): [hex: string, end?: "cut" | number] {
  const decoder = createGrpcWebTextDecoder();
  const parts: Uint8Array[] = [];
  let broken: number | undefined;
  for (const chunk of chunks) {
    const { bytes, brokenAt } = decoder.push(chunk);
    parts.push(bytes);
    broken = brokenAt;
  }
  const rest = decoder.end();
  const hex = Buffer.concat([...parts, rest ?? new Uint8Array()]).toString("hex");
  if (broken !== undefined) return [hex, broken];
  return rest === undefined ? [hex, "cut"] : [hex];
}

/** `bytes` cut at each of `cuts`. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const cut of [...cuts.map((at) => at % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)) {
    chunks.push(bytes.slice(from, cut));
    from = cut;
  }
  return chunks;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const cuts = fc.array(fc.nat(), { maxLength: 20 });

describe("encoder", () => {
  it.each(["", "a", "ab", "abc", "abcd", "\0\xff\xfe"])("writes base64 as the platform does: %j", (sample) => {
    expect(new TextDecoder().decode(encodeGrpcWebText(Buffer.from(sample, "latin1")))).toBe(btoa(sample));
  });
});

describe("decoder", () => {
  it("gives back what was encoded piece by piece, in any chunking", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1 })), cuts, (parts, at) => {
        const text = ascii(parts.map((part) => Buffer.from(part).toString("base64")).join(""));
        expect(decode(chunksOf(text, at))).toEqual([Buffer.concat(parts).toString("hex")]);
      }),
    );
  });

  it("gives the same bytes and the same break of any bytes in any chunking", () => {
    const nearlyBase64 = fc.string({ unit: fc.constantFrom("A", "Z", "a", "9", "+", "/", "-", "_", "=", "\n", "\r", "?"), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), nearlyBase64.map(ascii)), cuts, (text, at) => {
        expect(decode(chunksOf(text, at))).toEqual(decode([text]));
      }),
    );
  });

  // A body as servers flush it: the message, the trailers, and a prefix apart from its message, each padded for itself.
  const message = writeEnvelope(0, ascii("ab"));
  const trailers = writeGrpcWebTrailers([["grpc-status", "0"]]);
  const body = Buffer.concat([message, trailers]).toString("hex");
  const padded = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const mib = new Uint8Array(1 << 20).fill(0xa5);

  it.each<[name: string, chunks: string[], expected: [string, ("cut" | number)?]]>([
    ["padding after each flushed piece", [padded(message) + padded(trailers)], [body]],
    ["each piece in its own chunk", [padded(message), padded(trailers)], [body]],
    ["prefix and message padded apart", [padded(message.subarray(0, 5)), padded(message.subarray(5)), padded(trailers)], [body]],
    ["every byte padded for itself", [...message, ...trailers].map((byte) => padded(Uint8Array.of(byte))), [body]],
    ["a border inside a group", ["AAAAA", "AJhYg=="], ["00000000026162"]],
    ["a border between two paddings", ["AAAAAAJhYg=", "=AAAAAAA="], ["000000000261620000000000"]],
    ["a border before the first padding", ["YWI", "=YWI="], ["61626162"]],
    ["every character in its own chunk", "YQ==YWI=YWJj".split(""), ["616162616263"]],
    ["empty chunks", ["", "YQ==", "", "YQ==", ""], ["6161"]],
    ["line breaks, inside a group too", ["YW\r\nJj\nYQ", "\r\n==", "\n"], ["61626361"]],
    ["the URL alphabet", ["-_-_"], ["fbffbf"]],
    ["a last group without its padding", ["YWJjYQ"], ["61626361"]],
    ["a last group with half of its padding", ["YWJjYQ="], ["61626361"]],
    ["bits below the last byte that are not zero", ["YR==YWP="], ["616163"]],
    ["a mebibyte in one piece", [padded(mib)], [Buffer.from(mib).toString("hex")]],
    ["nothing", [], [""]],
    ["one character of a group", ["YWJjY"], ["616263", "cut"]],
    ["more data after one of two paddings", ["YWJjYQ=YQ=="], ["616263", 7]],
    ["more data after one of two paddings, behind a border", ["YWJjYQ=", "YQ=="], ["616263", 7]],
    ["a third padding", ["YWJjYQ==="], ["61626361", 8]],
    ["padding after one character", ["YWJjY==="], ["616263", 5]],
    ["padding first", ["="], ["", 0]],
    ["a padding too much, in the next chunk", ["YWI=", "="], ["6162", 4]],
    ["a character of no alphabet", ["YWJj", "YW?j", "YWJj"], ["616263", 6]],
    ["a space", ["YWJj YWJj"], ["616263", 4]],
    ["a byte past ASCII", ["YWJjü"], ["616263", 4]],
    ["a body that is not text at all", ["\0\0\0\0\u0002ab"], ["", 0]],
  ])("reads %s", (_, chunks, expected) => {
    expect(decode(chunks.map(ascii))).toEqual(expected);
  });
});
