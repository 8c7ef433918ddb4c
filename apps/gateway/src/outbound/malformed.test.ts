// What a backend can get wrong in an answer, and what its caller is told: the fault by its name, with who made it.
import http2, { type ServerHttp2Stream } from "node:http2";
import { gzipSync } from "node:zlib";
import { Code, type ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-node";
import { envelopePrefix, writeGrpcWebTrailers } from "@rpcdeck/frames";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { expect, test } from "vitest";
import { backendOf, clients, failure, gatewayTo, rawBackend } from "../call/test-relay.ts";
import type { InstanceProtocol } from "../catalog/instance.ts";
import { testInstance } from "../test-gateway.ts";

type Answer = (stream: ServerHttp2Stream) => unknown;

/** Protocol of the backend, what is wrong, the answer, and the code and words that the caller gets; PEER stands for the address. */
type Case = readonly [protocol: InstanceProtocol, what: string, answer: Answer, code: keyof typeof Code, message: string];

const hello = Buffer.from("0a0161", "hex"); // HelloReply{message: "a"}
const mebibyte = 1024 * 1024;

function envelope(flags: number, body: Uint8Array | string, announced?: number): Buffer {
  const bytes = Buffer.from(body);
  return Buffer.concat([envelopePrefix(flags, announced ?? bytes.length), bytes]);
}

/** An answer of these pieces. */
function says(
  type: string | undefined,
  pieces: readonly Uint8Array[],
  trailers: Readonly<Record<string, string>> = {},
  headers = {},
): Answer {
  return (stream) => {
    const hasTrailers = Object.keys(trailers).length > 0;
    stream.respond(
      { ":status": 200, ...(type === undefined ? {} : { "content-type": type }), ...headers },
      { waitForTrailers: hasTrailers },
    );
    if (hasTrailers) stream.once("wantTrailers", () => stream.sendTrailers(trailers));
    for (const piece of pieces) stream.write(piece);
    stream.end();
  };
}

const status =
  (code: number, type?: string, body = ""): Answer =>
  (stream) => {
    stream.respond({ ":status": code, ...(type === undefined ? {} : { "content-type": type }) });
    stream.end(body);
  };
const resets =
  (code: number, pieces: readonly Uint8Array[] = []): Answer =>
  (stream) => {
    if (pieces.length === 0) {
      stream.close(code);
      return;
    }
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    for (const piece of pieces.slice(0, -1)) stream.write(piece);
    stream.write(pieces.at(-1), () => stream.close(code));
  };

const grpc = "application/grpc";
const web = "application/grpc-web";
const proto = "application/proto";
const connectStream = "application/connect+proto";
const ok = { "grpc-status": "0" };
const failed = { "grpc-status": "9" };
const whole = envelope(0, hello);
const webOk = writeGrpcWebTrailers([["grpc-status", "0"]]);
const { constants: h2 } = http2;

const cases: readonly Case[] = [
  // HTTP that is no gRPC.
  ["grpc", "no content type", says(undefined, [whole], ok), "Unknown", "PEER: answered HTTP 200 with no content type, which is not gRPC"],
  [
    "grpc",
    "text/html with 200",
    says("text/html", [Buffer.from("<p>")]),
    "Unknown",
    "PEER: answered HTTP 200 with content type text/html, which is not gRPC",
  ],
  [
    "grpc",
    "a content type that only begins like gRPC",
    says("application/grpcx", [whole], ok),
    "Unknown",
    "PEER: answered HTTP 200 with content type application/grpcx, which is not gRPC",
  ],
  ["grpc", "HTTP 400", status(400), "Internal", "PEER: answered HTTP 400 with no content type, which is not gRPC"],
  ["grpc", "HTTP 401", status(401), "Unauthenticated", "PEER: answered HTTP 401 with no content type, which is not gRPC"],
  ["grpc", "HTTP 403", status(403), "PermissionDenied", "PEER: answered HTTP 403 with no content type, which is not gRPC"],
  ["grpc", "HTTP 404", status(404), "Unimplemented", "PEER: answered HTTP 404 with no content type, which is not gRPC"],
  ["grpc", "HTTP 429", status(429), "Unavailable", "PEER: answered HTTP 429 with no content type, which is not gRPC"],
  ["grpc", "HTTP 500", status(500), "Unknown", "PEER: answered HTTP 500 with no content type, which is not gRPC"],
  [
    "grpc",
    "HTTP 502",
    status(502, "text/html", "<h1>Bad gateway"),
    "Unavailable",
    "PEER: answered HTTP 502 with content type text/html, which is not gRPC",
  ],
  ["grpc", "HTTP 503", status(503), "Unavailable", "PEER: answered HTTP 503 with no content type, which is not gRPC"],
  ["grpc", "HTTP 504", status(504), "Unavailable", "PEER: answered HTTP 504 with no content type, which is not gRPC"],
  ["grpc", "a redirect", status(302), "Unknown", "PEER: answered HTTP 302 with no content type, which is not gRPC"],
  // Statuses of gRPC.
  ["grpc", "no trailers", says(grpc, [whole]), "Internal", "PEER: ended the answer without a status"],
  ["grpc", "trailers without a status", says(grpc, [whole], { "x-a": "1" }), "Internal", "PEER: ended the answer without a status"],
  ["grpc", "a status that is a word", says(grpc, [whole], { "grpc-status": "OK" }), "Unknown", 'grpc-status "OK" is none of gRPC\'s codes'],
  ["grpc", "an empty status", says(grpc, [whole], { "grpc-status": "" }), "Unknown", 'grpc-status "" is none of gRPC\'s codes'],
  ["grpc", "a negative status", says(grpc, [whole], { "grpc-status": "-1" }), "Unknown", 'grpc-status "-1" is none of gRPC\'s codes'],
  ["grpc", "a status that nobody knows", says(grpc, [], { "grpc-status": "99", "grpc-message": "odd" }), "Unknown", "odd"],
  [
    "grpc",
    "a broken percent escape in the message",
    says(grpc, [], { ...failed, "grpc-message": "100%zz %4" }),
    "FailedPrecondition",
    "100%zz %4",
  ],
  ["grpc", "a message in Latin-1", says(grpc, [], { ...failed, "grpc-message": "caf%E9" }), "FailedPrecondition", "caf�"],
  ["grpc", "details that are no base64", says(grpc, [], { ...failed, "grpc-status-details-bin": "!!" }), "FailedPrecondition", ""],
  [
    "grpc",
    "details that are no google.rpc.Status",
    says(grpc, [], { ...failed, "grpc-status-details-bin": "/////w" }),
    "FailedPrecondition",
    "",
  ],
  ["grpc", "data after a status in the headers", says(grpc, [whole], {}, failed), "Internal", "PEER: sent messages after a status"],
  // Envelopes.
  [
    "grpc",
    "a compressed message without a name",
    says(grpc, [envelope(1, gzipSync(hello))], ok),
    "Internal",
    "received compressed envelope, but do not know how to decompress",
  ],
  [
    "grpc",
    "two messages",
    says(grpc, [whole, whole], ok),
    "Unimplemented",
    "the backend answered a unary method with more than one message",
  ],
  ["grpc", "no message", says(grpc, [], ok), "Unimplemented", "the backend answered a unary method without a message"],
  ["grpc", "half a prefix", says(grpc, [Buffer.from([0, 0, 0])], ok), "InvalidArgument", "protocol error: incomplete envelope"],
  ["grpc", "half a message", says(grpc, [envelope(0, hello, 9)], ok), "InvalidArgument", "protocol error: incomplete envelope"],
  [
    "grpc",
    "bytes after the message",
    says(grpc, [whole, Buffer.from([0, 0])], ok),
    "InvalidArgument",
    "protocol error: incomplete envelope",
  ],
  [
    "grpc",
    "17 MiB announced",
    says(grpc, [envelope(0, "", 17 * mebibyte)], ok),
    "ResourceExhausted",
    "message of 17825792 bytes is larger than the limit of 16777216 bytes (--max-message)",
  ],
  [
    "grpc",
    "4 GiB announced",
    says(grpc, [envelope(0, "", 0xffff_ffff)], ok),
    "ResourceExhausted",
    "message of 4294967295 bytes is larger than the limit of 16777216 bytes (--max-message)",
  ],
  // Resets.
  ["grpc", "a reset without an error", resets(h2.NGHTTP2_NO_ERROR), "Internal", "PEER: ended the stream without an answer"],
  ["grpc", "PROTOCOL_ERROR", resets(h2.NGHTTP2_PROTOCOL_ERROR), "Internal", "PEER: stream reset with PROTOCOL_ERROR"],
  ["grpc", "INTERNAL_ERROR", resets(h2.NGHTTP2_INTERNAL_ERROR), "Internal", "PEER: stream reset with INTERNAL_ERROR"],
  ["grpc", "FLOW_CONTROL_ERROR", resets(h2.NGHTTP2_FLOW_CONTROL_ERROR), "Internal", "PEER: stream reset with FLOW_CONTROL_ERROR"],
  ["grpc", "STREAM_CLOSED", resets(h2.NGHTTP2_STREAM_CLOSED), "Internal", "PEER: stream reset with STREAM_CLOSED"],
  ["grpc", "FRAME_SIZE_ERROR", resets(h2.NGHTTP2_FRAME_SIZE_ERROR), "Internal", "PEER: stream reset with FRAME_SIZE_ERROR"],
  ["grpc", "CANCEL", resets(h2.NGHTTP2_CANCEL), "Canceled", "PEER: stream reset with CANCEL"],
  ["grpc", "COMPRESSION_ERROR", resets(h2.NGHTTP2_COMPRESSION_ERROR), "Internal", "PEER: stream reset with COMPRESSION_ERROR"],
  ["grpc", "ENHANCE_YOUR_CALM", resets(h2.NGHTTP2_ENHANCE_YOUR_CALM), "ResourceExhausted", "PEER: stream reset with ENHANCE_YOUR_CALM"],
  [
    "grpc",
    "INADEQUATE_SECURITY",
    resets(h2.NGHTTP2_INADEQUATE_SECURITY),
    "PermissionDenied",
    "PEER: stream reset with INADEQUATE_SECURITY",
  ],
  ["grpc", "HTTP_1_1_REQUIRED", resets(h2.NGHTTP2_HTTP_1_1_REQUIRED), "Internal", "PEER: stream reset with HTTP_1_1_REQUIRED"],
  [
    "grpc",
    "a reset in the middle of a message",
    resets(h2.NGHTTP2_INTERNAL_ERROR, [envelope(0, hello, 9)]),
    "InvalidArgument",
    "protocol error: incomplete envelope",
  ],
  ["grpc", "a reset after the message", resets(h2.NGHTTP2_INTERNAL_ERROR, [whole]), "Internal", "PEER: ended the answer without a status"],
  // gRPC-Web.
  [
    "grpc-web",
    "gRPC's content type",
    says(grpc, [whole], ok),
    "Unknown",
    "PEER: answered HTTP 200 with content type application/grpc, which is not gRPC-Web",
  ],
  [
    "grpc-web",
    "the text form, which was not asked for",
    says("application/grpc-web-text", [whole]),
    "Unknown",
    "PEER: answered HTTP 200 with content type application/grpc-web-text, which is not gRPC-Web",
  ],
  ["grpc-web", "no trailers frame", says(web, [whole]), "Internal", "PEER: ended the answer without a status"],
  [
    "grpc-web",
    "trailers without a status",
    says(web, [whole, writeGrpcWebTrailers([["x-a", "1"]])]),
    "Internal",
    "PEER: sent an end-of-stream message that is not one",
  ],
  [
    "grpc-web",
    "trailers that are no headers",
    says(web, [whole, envelope(0x80, "no colon at all")]),
    "Internal",
    "PEER: sent an end-of-stream message that is not one",
  ],
  ["grpc-web", "trailers twice", says(web, [whole, webOk, webOk]), "Internal", "PEER: sent two end-of-stream messages"],
  ["grpc-web", "a message after the trailers", says(web, [webOk, whole]), "Internal", "PEER: sent a message after the end of the stream"],
  [
    "grpc-web",
    "half a trailers frame",
    says(web, [whole, envelope(0x80, "grpc-st", 16)]),
    "Internal",
    "PEER: ended in the middle of a message, after 12 bytes of it",
  ],
  ["grpc-web", "reserved flags", says(web, [envelope(4, hello), webOk]), "Internal", "PEER: sent a message with the reserved flags 4"],
  [
    "grpc-web",
    "compressed trailers without a name",
    says(web, [whole, envelope(0x81, "x")]),
    "Internal",
    "PEER: sent an end-of-stream message that is not one",
  ],
  [
    "grpc-web",
    "trailers that are no gzip",
    says(web, [whole, envelope(0x81, "x")], {}, { "grpc-encoding": "gzip" }),
    "Internal",
    "PEER: sent an end-of-stream message that is not gzip",
  ],
  // Connect, unary.
  [
    "connect",
    "text/html with 200",
    says("text/html", [Buffer.from("<p>")]),
    "Unknown",
    "PEER: answered HTTP 200 with content type text/html, which is not Connect with codec proto",
  ],
  [
    "connect",
    "no content type",
    says(undefined, [hello]),
    "Unknown",
    "PEER: answered HTTP 200 with no content type, which is not Connect with codec proto",
  ],
  ["connect", "an empty error", status(500, "application/json", "{}"), "Unknown", ""],
  [
    "connect",
    "an error that is no JSON",
    status(503, "application/json", "{"),
    "Unavailable",
    "the body of the answer is no Connect error",
  ],
  ["connect", "an error that is a list", status(400, "application/json", "[]"), "Internal", "the body of the answer is no Connect error"],
  ["connect", "an error with a code that nobody knows", status(400, "application/json", `{"code":"odd","message":"m"}`), "Internal", "m"],
  ["connect", "an error with a number for a code", status(400, "application/json", `{"code":3,"message":"m"}`), "Internal", "m"],
  ["connect", "details that are no list", status(400, "application/json", `{"code":"aborted","message":"m","details":{}}`), "Aborted", "m"],
  [
    "connect",
    "a detail that is no base64",
    status(400, "application/json", `{"code":"aborted","message":"m","details":[{"type":"a.B","value":"!"}]}`),
    "Aborted",
    "m",
  ],
  [
    "connect",
    "HTTP 502 with a page",
    status(502, "text/html", "<h1>"),
    "Unavailable",
    "PEER: answered HTTP 502 with content type text/html, which is not Connect with codec proto",
  ],
  [
    "connect",
    "17 MiB announced",
    says(proto, [], {}, { "content-length": String(17 * mebibyte) }),
    "ResourceExhausted",
    "PEER: message of 17825792 bytes is larger than the limit of 16777216 bytes (--max-message)",
  ],
];

/** The same of a stream, where Connect looks otherwise. */
const streamCases: readonly Case[] = [
  ["connect", "no end of the stream", says(connectStream, [whole]), "Internal", "PEER: ended the answer without a status"],
  [
    "connect",
    "an end that is no JSON",
    says(connectStream, [envelope(2, "{")]),
    "Internal",
    "PEER: sent an end-of-stream message that is not one",
  ],
  [
    "connect",
    "an end that is a list",
    says(connectStream, [envelope(2, "[]")]),
    "Internal",
    "PEER: sent an end-of-stream message that is not one",
  ],
  [
    "connect",
    "an end with a code that nobody knows",
    says(connectStream, [envelope(2, `{"error":{"code":"odd","message":"m"}}`)]),
    "Unknown",
    "m",
  ],
  ["connect", "an end with an error that is a text", says(connectStream, [envelope(2, `{"error":"m"}`)]), "Unknown", ""],
  ["connect", "two ends", says(connectStream, [envelope(2, "{}"), envelope(2, "{}")]), "Internal", "PEER: sent two end-of-stream messages"],
  [
    "connect",
    "a message after the end",
    says(connectStream, [envelope(2, "{}"), whole]),
    "Internal",
    "PEER: sent a message after the end of the stream",
  ],
  [
    "connect",
    "reserved flags",
    says(connectStream, [envelope(4, hello), envelope(2, "{}")]),
    "Internal",
    "PEER: sent a message with the reserved flags 4",
  ],
  [
    "connect",
    "half a message",
    says(connectStream, [envelope(0, hello, 9)]),
    "Internal",
    "PEER: ended in the middle of a message, after 8 bytes of it",
  ],
  [
    "connect",
    "the content type of a unary answer",
    says(proto, [hello]),
    "Unknown",
    "PEER: answered HTTP 200 with content type application/proto, which is not a Connect stream",
  ],
];

async function told(address: string, error: Promise<ConnectError>): Promise<readonly [string, string]> {
  const { code, rawMessage } = await error;
  return [Code[code], rawMessage.replaceAll(address, "PEER")];
}

async function ask(protocol: InstanceProtocol, answer: Answer, isStream: boolean): Promise<readonly [string, string]> {
  const server = await rawBackend(answer);
  const gateway = await gatewayTo({ instances: [testInstance(server.address, protocol)] });
  const { greeter, book } = clients(gateway);
  const call = isStream ? book.listPeople({})[Symbol.asyncIterator]() : undefined;
  const drained = async (): Promise<void> => {
    while ((await call?.next())?.done === false);
  };
  return told(server.address, failure(call === undefined ? greeter.sayHello({ name: "x" }) : drained()));
}

test.each(cases)("a %s backend: %s", async (protocol, _what, answer, code, message) => {
  expect(await ask(protocol, answer, false)).toEqual([code, message]);
});
test.each(streamCases)("a stream of a %s backend: %s", async (protocol, _what, answer, code, message) => {
  expect(await ask(protocol, answer, true)).toEqual([code, message]);
});

test.each([
  [2, "the reserved flags 2"],
  [0x80, "the reserved flags 128"],
])("flags %i that gRPC does not have pass to callers of gRPC, whose bytes are theirs, and are named to others", async (flags, words) => {
  const server = await rawBackend(says(grpc, [envelope(flags, hello)], ok));
  const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
  expect(await clients(gateway).greeter.sayHello({ name: "x" })).toMatchObject({ message: "a" });
  const transport = createGrpcWebTransport({ baseUrl: gateway.url, httpVersion: "1.1" });
  const error = await told(server.address, failure(createClient(Greeter, transport).sayHello({ name: "x" })));
  expect(error).toEqual(["Internal", `PEER: sent a message with ${words}`]);
});

test("does not cost a neighbour of the same service a call", async () => {
  const honest = await backendOf();
  const answers = cases.filter(([protocol]) => protocol === "grpc").map(([, , answer]) => answer);
  let asked = 0;
  const broken = await rawBackend((stream) => answers[asked++ % answers.length]?.(stream));
  const gateway = await gatewayTo({
    instances: [testInstance(broken.address, "grpc", "broken"), testInstance(honest.address, "grpc", "honest")],
  });
  const { greeter } = clients(gateway);
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, (_, at) =>
      greeter.sayHello({ name: String(at) }).then(
        ({ message }) => message === `hello ${at}`,
        () => undefined,
      ),
    ),
  );
  expect(outcomes.filter((isRight) => isRight === false)).toEqual([]);
  expect(outcomes.filter((isRight) => isRight === true).length).toBeGreaterThanOrEqual(honest.seen.calls);
  expect(honest.seen.calls).toBeGreaterThan(50);
  expect(asked).toBeGreaterThan(4);
});
