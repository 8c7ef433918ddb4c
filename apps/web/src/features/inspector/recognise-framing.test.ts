import { writeConnectEndStream, writeEnvelope, writeGrpcWebTrailers } from "@rpcdeck/frames";
import { expect, test } from "vitest";
import { recogniseEncoding, recogniseFraming } from "./recognise-framing.ts";
import type { BodyFraming } from "./types.ts";

const message = Uint8Array.from([0x0a, 2, 0x68, 0x69]);
const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const envelope = writeEnvelope(0, message);
const endOfStream = writeConnectEndStream({ code: 0, message: "", details: [], headers: [], trailers: [] });
const text = (value: string) => new TextEncoder().encode(value);

function check(name: string, bytes: Uint8Array, expected: BodyFraming): void {
  test(`takes ${name} for ${expected}`, () => {
    expect(recogniseFraming(bytes)).toBe(expected);
  });
}

check("nothing", new Uint8Array(), "none");
check("a message", message, "none");
check("a text", text("hello there"), "none");
check("an envelope", envelope, "grpc");
check("an empty envelope", writeEnvelope(0, new Uint8Array()), "grpc");
check("two envelopes, one compressed", joined(envelope, writeEnvelope(1, message)), "grpc");
check("an envelope that is cut", envelope.subarray(0, 7), "none");
check("an envelope with something behind it", joined(envelope, message), "none");
check("an envelope with reserved flags", writeEnvelope(0x20, message), "none");
check("envelopes with trailers", joined(envelope, writeGrpcWebTrailers([["grpc-status", "0"]])), "grpc-web");
check("trailers that are no header lines", joined(envelope, writeEnvelope(0x80, text("nothing"))), "none");
check("envelopes with an end of stream", joined(envelope, endOfStream), "connect-stream");
check("an end of stream that is no JSON", joined(envelope, writeEnvelope(2, text("no"))), "none");
check("base64 of envelopes, padded inside", text(`${btoa("\0\0\0\0\x04")}${btoa("\x0a\x02hi")}`), "grpc-web-text");
check("messages behind their lengths", joined(Uint8Array.from([4]), message, Uint8Array.from([4]), message), "delimited");
check("a message that could also stand behind its length", Uint8Array.from([0x08, 0x01]), "none");

test("tells compression by its first bytes, of the first message that is compressed", () => {
  const gzip = Uint8Array.from([0x1f, 0x8b, 8, 0]);
  expect(recogniseEncoding(gzip, "none")).toBe("gzip");
  expect(recogniseEncoding(joined(envelope, writeEnvelope(1, gzip)), "grpc")).toBe("gzip");
  expect(recogniseEncoding(writeEnvelope(1, Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd])), "grpc")).toBe("zstd");
  expect(recogniseEncoding(writeEnvelope(1, Uint8Array.from([0x78, 0x9c])), "grpc")).toBe("deflate");
  expect(recogniseEncoding(Uint8Array.from([0x78, 0x9c, 0x01]), "none")).toBe("");
  expect(recogniseEncoding(writeEnvelope(0, gzip), "grpc")).toBe("");
});
