import { encodeGrpcWebText, writeEnvelope } from "@rpcdeck/frames";
import { expect, test } from "vitest";
import { prefixText, splitBody } from "./split-body.ts";
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
  expect(splitBody(leg(Uint8Array.of(1, 2), "grpc-web-text")).problem).toBe("The body is not base64");
});

test("keeps what is left over, and says so only when nothing more can come", () => {
  const cut = writeEnvelope(0, Uint8Array.of(8, 1)).subarray(0, 6);
  expect(splitBody(leg(cut, "grpc"))).toMatchObject({ frames: [], leftoverStart: 0, problem: "The body ends inside a frame" });
  expect(splitBody(leg(cut, "grpc", false)).problem).toBeUndefined();
});

test("words a prefix", () => {
  expect(prefixText(0, 77)).toBe("flag 00, not compressed · length 77");
  expect(prefixText(3, 2)).toBe("flag 03, compressed, end of stream · length 2");
});
