import http2 from "node:http2";
import { Code } from "@connectrpc/connect";
import { answerGrpc, grpcEnvelope, type startRawH2 } from "@rpcdeck/testkit";
import { describe, expect, it } from "vitest";
import { clients, failure, gatewayTo, rawBackend, rawCall } from "../call/test-relay.ts";
import { testInstance } from "../test-gateway.ts";

describe("a gRPC backend that", () => {
  const cases: readonly [what: string, answer: Parameters<typeof startRawH2>[0], code: Code, message: RegExp][] = [
    [
      "answers HTML",
      (stream) => (stream.respond({ ":status": 404, "content-type": "text/html" }), stream.end("<h1>")),
      Code.Unimplemented,
      /HTTP 404 with content type text\/html/,
    ],
    ["answers 503", (stream) => (stream.respond({ ":status": 503 }), stream.end()), Code.Unavailable, /HTTP 503/],
    [
      "answers without trailers",
      (stream) => (stream.respond({ ":status": 200, "content-type": "application/grpc" }), stream.end(grpcEnvelope(new Uint8Array()))),
      Code.Internal,
      /without a status/,
    ],
    ["cancels", (stream) => stream.close(http2.constants.NGHTTP2_CANCEL), Code.Canceled, /CANCEL/],
    ["wants calm", (stream) => stream.close(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM), Code.ResourceExhausted, /ENHANCE_YOUR_CALM/],
    ["dies", (_stream, _headers, session) => session.socket.destroy(), Code.Unavailable, /127\.0\.0\.1:\d+: connection/],
    [
      "answers trailers only",
      (stream) =>
        stream.respond(
          { ":status": 200, "content-type": "application/grpc", "grpc-status": "5", "grpc-message": "no%20luck" },
          { endStream: true },
        ),
      Code.NotFound,
      /^no luck$/,
    ],
    [
      "answers two messages to a unary call",
      (stream) => answerGrpc(stream, [new Uint8Array(), new Uint8Array()]),
      Code.Unimplemented,
      /more than one message/,
    ],
    ["answers none to a unary call", (stream) => answerGrpc(stream, []), Code.Unimplemented, /without a message/],
    [
      "sends 17 MiB",
      (stream) => {
        stream.respond({ ":status": 200, "content-type": "application/grpc" });
        stream.write(Buffer.from([0, 1, 16, 0, 0]));
      },
      Code.ResourceExhausted,
      /17825792 bytes is larger than the limit of 16777216/,
    ],
  ];
  it.each(cases)("%s", async (_what, answer, code, message) => {
    const server = await rawBackend(answer);
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
    const error = await failure(clients(gateway).greeter.sayHello({ name: "x" }));
    expect(error.code).toBe(code);
    expect(error.rawMessage).toMatch(message);
  });

  it("breaks a message off, which the outcome says even where its bytes were passed on", async () => {
    const server = await rawBackend((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.from([0, 0, 0, 0, 9, 1]));
    });
    for (const protocol of ["grpc", "connect"] as const) {
      const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc"), testInstance(server.address, protocol, "two")] });
      await failure(clients(gateway).greeter.sayHello({ name: "x" }));
      expect(gateway.results[0]?.outcome).toMatchObject({ code: 13, message: expect.stringContaining("in the middle of a message") });
    }
  });

  it("a trailer-only answer of gRPC reaches the caller in one header block", async () => {
    const server = await rawBackend((stream) =>
      stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "9", "x-a": "1" }, { endStream: true }),
    );
    const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
    const stream = rawCall(gateway);
    stream.end(grpcEnvelope(new Uint8Array()));
    const [headers, flags] = await new Promise<[http2.IncomingHttpHeaders, number]>((resolve) => {
      stream.on("response", (received, bits) => resolve([received, bits]));
    });
    expect(headers).toMatchObject({ "grpc-status": "9", "x-a": "1", "rpcdeck-instance": "test/one" });
    expect(flags & http2.constants.NGHTTP2_FLAG_END_STREAM).toBeTruthy();
  });
});
