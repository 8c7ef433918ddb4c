import { encodeGrpcWebText, writeDelimited, writeEnvelope } from "@rpcdeck/frames";
import { expect, test } from "vitest";
import { prefixText } from "./envelope-rules.ts";
import { splitBody } from "./split-body.ts";
import type { LegBytes } from "./types.ts";

const leg = (bytes: Uint8Array, framing: (LegBytes & { kind: "bytes" })["framing"], isComplete = true) =>
  ({ kind: "bytes", bytes, framing, codec: "proto", encoding: "gzip", droppedBytes: 0, isComplete }) as const;
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

test("takes a body without an envelope as one frame", () => {
  expect(splitBody({ ...leg(Uint8Array.of(8, 1), "none"), encoding: "" }).frames).toEqual([
    { kind: "message", start: 0, end: 2, messageStart: 0, flags: undefined, isCompressed: false },
  ]);
  expect(splitBody(leg(Uint8Array.of(8, 1), "none")).frames[0]?.isCompressed).toBe(true);
});

test("cuts enveloped bodies, and tells trailers and end of stream", () => {
  const web = splitBody(leg(join(writeEnvelope(1, Uint8Array.of(8, 1)), writeEnvelope(0x80, Uint8Array.of(65))), "grpc-web"));
  expect(web.frames.map(({ kind, start, end, isCompressed }) => [kind, start, end, isCompressed])).toEqual([
    ["message", 0, 7, true],
    ["trailers", 7, 13, false],
  ]);
  expect(splitBody(leg(writeEnvelope(2, Uint8Array.of(123, 125)), "connect-stream")).frames[0]?.kind).toBe("end-stream");
});

test("decodes the base64 of grpc-web-text, padding in the middle too", () => {
  const body = join(
    encodeGrpcWebText(writeEnvelope(0, Uint8Array.of(8, 1))),
    encodeGrpcWebText(writeEnvelope(0x80, Uint8Array.of(65, 66))),
  );
  expect(splitBody(leg(body, "grpc-web-text")).frames.map(({ kind }) => kind)).toEqual(["message", "trailers"]);
});

test("shows the frames before a character that is not base64, and names it", () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const frame = encodeGrpcWebText(writeEnvelope(0, Uint8Array.of(8, 1)));
  const broken = splitBody(leg(join(frame, text("AAA?"), frame), "grpc-web-text"));
  expect(broken.frames.map(({ start, end }) => [start, end])).toEqual([[0, 7]]);
  expect(broken.problem).toBe("Not base64: “?” at 0x0f of the text. What stands before it is shown");
  expect(splitBody(leg(Uint8Array.of(1, 2), "grpc-web-text")).problem).toBe("The body is not base64: byte 01 at 0x00 of the text");
  expect(splitBody(leg(join(frame, text("A")), "grpc-web-text")).problem).toBe("The base64 text ends inside a byte");
  expect(splitBody(leg(join(frame, text("A")), "grpc-web-text", false)).problem).toBeUndefined();
});

test("keeps what is left over, and says so only when nothing more can come", () => {
  const cut = writeEnvelope(0, Uint8Array.of(8, 1)).subarray(0, 6);
  expect(splitBody(leg(cut, "grpc"))).toMatchObject({
    frames: [],
    leftoverStart: 0,
    problem: "The body ends inside a frame: its prefix announces 2 B, 1 B are there",
  });
  expect(splitBody(leg(cut.subarray(0, 3), "grpc")).problem).toBe("The body ends inside a frame: 3 of the 5 bytes of its prefix are there");
  expect(splitBody(leg(cut, "grpc", false)).problem).toBeUndefined();
});

const delimited = writeDelimited(Uint8Array.of(8, 1));
const elevenBytes = Uint8Array.of(...Array<number>(10).fill(0x80), 1);

test.each([
  ["two messages", join(delimited, new Uint8Array(1), delimited), undefined],
  ["a cut message", join(delimited, Uint8Array.of(3, 8)), "The bytes end inside a message"],
  ["a length that is no varint", join(delimited, elevenBytes), "The length of message 2 does not end within the 10 bytes of a varint"],
  [
    "a length past 2 GiB",
    join(delimited, Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x10)),
    "The length of message 2 is 4,294,967,296 B: a protobuf message has less than 2 GiB",
  ],
] as const)("cuts varint-delimited bodies: %s", (_, bytes, problem) => {
  const body = splitBody(leg(bytes, "delimited"));
  expect(body.problem).toBe(problem);
  expect(body.frames[0]).toEqual({ kind: "message", start: 0, end: 3, messageStart: 1, flags: undefined, isCompressed: false });
  expect(body.leftoverStart).toBe(problem === undefined ? bytes.length : 3);
});

test("lists no more than 100,000 varint-delimited messages", () => {
  const body = splitBody(leg(new Uint8Array(100_001), "delimited"));
  expect([body.frames.length, body.leftoverStart, body.problem]).toEqual([100_000, 100_000, undefined]);
});

const message = (flags: number) => writeEnvelope(flags, Uint8Array.of(8, 1));

test.each([
  ["grpc", [0, 2], "gzip", "Frame 2 has flag 02: gRPC defines only 01, compressed"],
  ["grpc", [0x80], "gzip", "Frame 1 has flag 80: gRPC defines only 01, compressed"],
  ["grpc-web", [0x82], "gzip", "Frame 1 has flag 82: gRPC-Web defines only 01, compressed, and 80, trailers"],
  ["connect-stream", [0, 0x80], "gzip", "Frame 2 has flag 80: Connect defines only 01, compressed, and 02, end of stream"],
  ["grpc-web", [0x80, 0], "gzip", "Frame 1, the trailers, is not the last of 2"],
  ["connect-stream", [0, 2, 0], "gzip", "Frame 2, the end of stream, is not the last of 3"],
  ["grpc", [0, 1], "", "Frame 2 is marked as compressed, and no encoding is named"],
  ["grpc", [1], "identity", "Frame 1 is marked as compressed, and no encoding is named"],
  ["grpc", [0, 1], "gzip", undefined],
  ["grpc-web", [0, 1, 0x81], "gzip", undefined],
  ["connect-stream", [1, 0, 3], "gzip", undefined],
] as const)("names the frame that breaks a rule: %s, flags %j, encoding %j", (framing, flags, encoding, problem) => {
  const body = splitBody({ ...leg(join(...flags.map(message)), framing), encoding });
  expect(body.frames).toHaveLength(flags.length);
  expect(body.problem).toBe(problem);
});

test("words a prefix", () => {
  const first = (flags: number, framing: "grpc" | "connect-stream") => splitBody(leg(message(flags), framing)).frames[0]!;
  expect(prefixText(first(0, "grpc"))).toBe("flag 00, not compressed · length 2");
  expect(prefixText(first(3, "connect-stream"))).toBe("flag 03, compressed, end of stream · length 2");
  expect(prefixText(first(3, "grpc"))).toBe("flag 03, compressed, reserved bits · length 2");
});
