import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack, StringValueSchema, type Any } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildConnectGet,
  bytesFromBase64,
  codeNames,
  connectTimeoutFrom,
  decodeGrpcMessage,
  decodeRpcStatus,
  encodeGrpcMessage,
  grpcTimeoutFrom,
  httpStatusFromCode,
  outcomeFromConnectError,
  maxGrpcMessageBytes,
  outcomeFromTrailers,
  parseAcceptEncoding,
  parseConnectEndStream,
  parseConnectGet,
  parseConnectTimeout,
  parseGrpcTimeout,
  parseGrpcWebTrailers,
  parseRpcContentType,
  splitUnaryTrailers,
  prefixUnaryTrailers,
  toBase64,
  trailersFromOutcome,
  writeConnectEndStream,
  writeConnectError,
  writeGrpcWebTrailers,
  type Outcome,
} from "./index.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const any: Any = anyPack(StringValueSchema, create(StringValueSchema, { value: "why" }));
const failed: Outcome = {
  code: 9,
  message: "half %, ünï\r\n",
  details: [{ typeUrl: any.typeUrl, bytes: any.value }],
  headers: [],
  trailers: [
    ["x-a", "1"],
    ["x-a", "2"],
    ["x-b-bin", "AAE"],
  ],
};
const outcomes = fc.record({
  code: fc.integer({ min: 1, max: 16 }),
  message: fc.string({ unit: "grapheme" }).map((s) => new TextDecoder().decode(new TextEncoder().encode(s))),
  details: fc.array(fc.record({ typeUrl: fc.constant("type.googleapis.com/a.B"), bytes: fc.uint8Array() }), { maxLength: 3 }),
  headers: fc.constant([]),
  trailers: fc.constant([["x-t", "v"] as const]),
});

describe("gRPC status", () => {
  it("is written as gRPC does", () => {
    expect(trailersFromOutcome(failed)).toEqual([
      ...failed.trailers,
      ["grpc-status", "9"],
      ["grpc-message", "half %25, %C3%BCn%C3%AF%0D%0A"],
      ["grpc-status-details-bin", expect.not.stringContaining("=")],
    ]);
  });

  it("comes back as it went", () => {
    fc.assert(
      fc.property(outcomes, (outcome) => {
        const back = outcomeFromTrailers(trailersFromOutcome(outcome));
        expect({ ...back, details: back?.details.map((d) => [d.typeUrl, [...d.bytes]]) }).toEqual({
          ...outcome,
          details: outcome.details.map((d) => [d.typeUrl, [...d.bytes]]),
        });
      }),
    );
  });

  it("cuts a message that would not fit into headers, between characters, and says so", () => {
    const long: Outcome = { ...failed, message: "ü".repeat(50_000) };
    const { message = "", details } = outcomeFromTrailers(trailersFromOutcome(long)) ?? {};
    expect(message).toMatch(/^ü{2000,} \.\.\. \(cut here: 100000 bytes, the limit is 4096\)$/);
    expect(new TextEncoder().encode(message).length).toBeLessThanOrEqual(maxGrpcMessageBytes);
    expect(details).toEqual(failed.details);
    const most: Outcome = { ...failed, message: "x".repeat(maxGrpcMessageBytes) };
    expect(outcomeFromTrailers(trailersFromOutcome(most))?.message).toBe(most.message);
  });

  it("is undefined without a status and unknown for one that is no code", () => {
    expect(outcomeFromTrailers([["x", "y"]])).toBeUndefined();
    expect(outcomeFromTrailers([["grpc-status", "99"]])?.code).toBe(2);
    expect(outcomeFromTrailers([["grpc-status", "x"]])?.code).toBe(2);
    expect(outcomeFromTrailers([["grpc-status", "0"]])).toMatchObject({ code: 0, message: "" });
  });

  it("survives any detail bytes and any message text", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (bytes, message) => {
        decodeRpcStatus(bytes);
        outcomeFromTrailers([
          ["grpc-status", "2"],
          ["grpc-message", message],
          ["grpc-status-details-bin", message],
        ]);
        expect(encodeGrpcMessage(message)).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
    expect(decodeGrpcMessage("100%, %zz %e4")).toBe("100%, %zz \ufffd");
  });
});

describe("timeouts", () => {
  it.each([
    [0, "1u"],
    [0.5, "500u"],
    [99.9, "99900u"],
    [15_000, "15000m"],
    [14_999.7, "14999m"],
    [99_999_999, "99999999m"],
    [100_000_000, "100000S"],
    [1e14, "27777777H"],
    [1e20, "99999999H"],
  ])("writes %d ms as %s", (ms, expected) => {
    expect(grpcTimeoutFrom(ms)).toBe(expected);
    expect(parseGrpcTimeout(expected)).toBeDefined();
  });

  it("never gives more time than there is", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1e11, noNaN: true }),
        (ms) => (parseGrpcTimeout(grpcTimeoutFrom(ms)) ?? Infinity) <= ms * 1.000001,
      ),
    );
  });

  it("refuses what is no timeout", () => {
    for (const bad of ["", "1", "m", "123456789m", "-1m", "1.5S", "1x"]) expect(parseGrpcTimeout(bad)).toBeUndefined();
    for (const bad of ["", "-1", "12345678901", "1.5", "1s"]) expect(parseConnectTimeout(bad)).toBeUndefined();
    expect(parseConnectTimeout(connectTimeoutFrom(1e15))).toBe(9_999_999_999);
    expect(parseGrpcTimeout("2H")).toBe(7_200_000);
  });
});

describe("gRPC-Web", () => {
  it("writes trailers in lower case with CRLF and no blank line", () => {
    const frame = writeGrpcWebTrailers([
      ["Grpc-Status", "0"],
      ["x-a", "b: c"],
    ]);
    expect(frame[0]).toBe(0x80);
    expect(text(frame.subarray(5))).toBe("grpc-status: 0\r\nx-a: b: c\r\n");
    expect(parseGrpcWebTrailers(frame.subarray(5))).toEqual([
      ["grpc-status", "0"],
      ["x-a", "b: c"],
    ]);
  });

  it("reads sloppy trailer blocks", () => {
    expect(parseGrpcWebTrailers(new TextEncoder().encode("Grpc-Status:3\nno colon\n\r\ngrpc-message:  x \r\n"))).toEqual([
      ["grpc-status", "3"],
      ["grpc-message", "x"],
    ]);
  });
});

describe("Connect", () => {
  it("writes errors with bare type names and unpadded base64, nothing else", () => {
    expect(JSON.parse(text(writeConnectError(failed)))).toEqual({
      code: "failed_precondition",
      message: failed.message,
      details: [
        { type: "google.protobuf.StringValue", value: toBase64(toBinary(StringValueSchema, create(StringValueSchema, { value: "why" }))) },
      ],
    });
  });

  it("reads errors tolerantly", () => {
    const read = (value: unknown) => outcomeFromConnectError(new TextEncoder().encode(JSON.stringify(value)), "unavailable");
    expect(read({ code: "not_found", message: "x", details: [{ type: "a.B", value: "AA", debug: {} }, { type: 1 }, null] })).toEqual({
      code: 5,
      message: "x",
      details: [{ typeUrl: "type.googleapis.com/a.B", bytes: new Uint8Array([0]) }],
    });
    expect(read({ code: "ok" }).code).toBe(14);
    expect(read([]).code).toBe(14);
    expect(outcomeFromConnectError(new Uint8Array([0xff]), "internal").code).toBe(13);
    fc.assert(fc.property(fc.jsonValue(), (value) => void read(value)));
  });

  it("carries outcome and trailers in the end-stream message", () => {
    const frame = writeConnectEndStream(failed);
    expect(frame[0]).toBe(2);
    expect(parseConnectEndStream(frame.subarray(5))).toEqual(failed);
    const ok = writeConnectEndStream({ ...failed, code: 0, trailers: [] });
    expect(text(ok.subarray(5))).toBe("{}");
    expect(parseConnectEndStream(new Uint8Array([1]))).toBeUndefined();
    expect(parseConnectEndStream(new TextEncoder().encode('{"metadata":{"__proto__":["x"]}}'))?.trailers).toEqual([["__proto__", "x"]]);
    fc.assert(fc.property(fc.json(), (json) => void parseConnectEndStream(new TextEncoder().encode(json))));
  });

  it("moves unary trailers to headers and back", () => {
    expect(splitUnaryTrailers([["a", "1"], ...prefixUnaryTrailers([["b", "2"]])])).toEqual({
      headers: [["a", "1"]],
      trailers: [["b", "2"]],
    });
  });

  it("has an HTTP status for every code", () => {
    expect(codeNames.map((_, code) => httpStatusFromCode(code))).toEqual([
      200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401,
    ]);
  });

  it("builds GET queries that it reads again", () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom("proto", "json"),
        fc.constantFrom("identity", "gzip", "zstd"),
        (bytes, codec, encoding) => {
          const message = codec === "json" ? new TextEncoder().encode(JSON.stringify({ a: toBase64(bytes), "ü&": 1 })) : bytes;
          const parsed = parseConnectGet(buildConnectGet({ codec, encoding, message }));
          expect(parsed).toMatchObject({ kind: "get", versioned: true, get: { codec, encoding } });
          expect(parsed.kind === "get" && [...parsed.get.message]).toEqual([...message]);
        },
      ),
    );
  });

  it("reads percent-encoded binary and says what is missing", () => {
    const parsed = parseConnectGet("encoding=proto&message=%0a%FFx+y%2");
    expect(parsed.kind === "get" && [...parsed.get.message]).toEqual([10, 255, 120, 32, 121, 0x25, 0x32]);
    expect(parseConnectGet("")).toMatchObject({ kind: "problem" });
    expect(parseConnectGet("encoding=proto")).toMatchObject({ kind: "problem" });
    expect(parseConnectGet("encoding=proto&message=!&base64=1")).toMatchObject({ kind: "problem" });
    expect(parseConnectGet("encoding=proto&message=&connect=v2")).toMatchObject({ kind: "problem" });
    fc.assert(fc.property(fc.string(), (query) => void parseConnectGet(query)));
  });
});

describe("headers", () => {
  it.each([
    ["application/grpc", "grpc", "proto"],
    ["application/grpc+json", "grpc", "json"],
    ["Application/gRPC-Web+Proto", "grpc-web", "proto"],
    ["application/grpc-web-text", "grpc-web-text", "proto"],
    ["application/connect+json; charset=utf-8", "connect-stream", "json"],
    ["application/json;charset=utf-8", "connect-unary", "json"],
    ["application/proto", "connect-unary", "proto"],
  ])("reads %s", (value, protocol, codec) => {
    expect(parseRpcContentType(value)).toEqual({ protocol, codec });
  });

  it("knows no RPC in other content types", () => {
    for (const other of ["", "text/plain", "application/grpcx", "application/grpc+", "application/octet-stream"]) {
      expect(parseRpcContentType(other)).toBeUndefined();
    }
  });

  it("lists accepted encodings", () => {
    expect(parseAcceptEncoding("gzip, BR;q=0.5, identity, *, zstd;q=0,gzip,")).toEqual(["gzip", "br"]);
  });

  it("reads base64 with and without padding and refuses the rest", () => {
    for (const sample of ["AQ==", "AQ", "_-8", "+/8"]) expect(bytesFromBase64(sample)).toBeDefined();
    expect(bytesFromBase64("!")).toBeUndefined();
    fc.assert(fc.property(fc.string(), (value) => void bytesFromBase64(value)));
  });
});
