// The gRPC interop cases that gRPC-Web can say, asked with connect-es's gRPC-Web client: a second opinion on our own framing.
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fromJson, toJson, type DescMethod, type FileRegistry, type JsonValue } from "@bufbuild/protobuf";
import { base64Decode, base64Encode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-node";
import { createAsyncIterable } from "@connectrpc/connect/protocol";
import { createTransport } from "@connectrpc/connect/protocol-grpc-web";
import { root } from "../scripts/steps.ts";
import { compileProtos, readRegistry } from "./compile-protos.ts";
import { bin } from "./go-programs.ts";

/** Cases of one way to speak gRPC-Web: a title, and what throws when the case does not hold. */
export interface WebLeg {
  readonly name: string;
  readonly cases: readonly (readonly [title: string, check: () => Promise<void>])[];
}

/** All ways to speak it, to a gateway at an address. */
export async function webLegs(address: URL): Promise<readonly WebLeg[]> {
  const descriptors = join(bin, "interop.binpb");
  await compileProtos(join(root, "conformance"), ["interop.proto"], descriptors);
  const registry = readRegistry(descriptors);
  const baseUrl = address.origin;
  const options = { baseUrl, useBinaryFormat: true };
  return [
    { name: "grpc-web h1", cases: casesOf(registry, createGrpcWebTransport({ ...options, httpVersion: "1.1" })) },
    { name: "grpc-web h2", cases: casesOf(registry, createGrpcWebTransport({ ...options, httpVersion: "2" })) },
    { name: "grpc-web-text h1", cases: casesOf(registry, textTransport(baseUrl)) },
  ];
}

/** What one call answered. */
interface Answer {
  readonly messages: readonly JsonValue[];
  readonly header: Headers;
  readonly trailer: Headers;
}

const largeRequestBytes = 271_828;
const largeResponseBytes = 314_159;
const streamedBytes = [31_415, 9, 2_653, 58_979];
const specialMessage = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1f608}\t\n";
const unknownCode = 2;
const initialKey = "x-grpc-test-echo-initial";
const trailingKey = "x-grpc-test-echo-trailing-bin";
const initialValue = "test_initial_metadata_value";
const trailingValue = base64Encode(Uint8Array.of(0xab, 0xab, 0xab), "std_raw");

function casesOf(registry: FileRegistry, transport: Transport): WebLeg["cases"] {
  const service = "grpc.testing.TestService";
  const call = (method: string, request: JsonValue, headers?: HeadersInit): Promise<Answer> =>
    ask(transport, methodNamed(registry, service, method), request, headers);
  const statusOf = (message: string): JsonValue => ({ responseStatus: { code: unknownCode, message } });
  return [
    ["empty_unary", async () => same((await call("EmptyCall", {})).messages, [{}])],
    [
      "large_unary",
      async () => {
        const request = { responseSize: largeResponseBytes, payload: zeros(largeRequestBytes) };
        same((await call("UnaryCall", request)).messages, [{ payload: zeros(largeResponseBytes) }]);
      },
    ],
    [
      "server_streaming",
      async () => {
        const request = { responseParameters: streamedBytes.map((size) => ({ size })) };
        const expected = streamedBytes.map((size) => ({ payload: zeros(size) }));
        same((await call("StreamingOutputCall", request)).messages, expected);
      },
    ],
    [
      "custom_metadata",
      async () => {
        const request = { responseSize: 1, payload: zeros(1) };
        const answer = await call("UnaryCall", request, { [initialKey]: initialValue, [trailingKey]: trailingValue });
        same(answer.messages, [{ payload: zeros(1) }]);
        same([answer.header.get(initialKey), answer.trailer.get(trailingKey)], [initialValue, trailingValue]);
      },
    ],
    ["status_code_and_message", () => refused(call("UnaryCall", statusOf("test status message")), Code.Unknown, "test status message")],
    ["special_status_message", () => refused(call("UnaryCall", statusOf(specialMessage)), Code.Unknown, specialMessage)],
    ["unimplemented_method", () => refused(call("UnimplementedCall", {}), Code.Unimplemented)],
    [
      "unimplemented_service",
      () =>
        refused(ask(transport, methodNamed(registry, "grpc.testing.UnimplementedService", "UnimplementedCall"), {}), Code.Unimplemented),
    ],
  ];
}

async function ask(transport: Transport, method: DescMethod, request: JsonValue, headers?: HeadersInit): Promise<Answer> {
  const message = fromJson(method.input, request);
  if (method.methodKind === "unary") {
    const answer = await transport.unary(method as DescMethod & { methodKind: "unary" }, undefined, undefined, headers, message);
    return { messages: [toJson(method.output, answer.message)], header: answer.header, trailer: answer.trailer };
  }
  const streaming = method as DescMethod & { methodKind: "server_streaming" };
  const answer = await transport.stream(streaming, undefined, undefined, headers, createAsyncIterable([message]));
  const messages: JsonValue[] = [];
  for await (const each of answer.message) messages.push(toJson(method.output, each));
  return { messages, header: answer.header, trailer: answer.trailer };
}

/** A payload of so many zero bytes, as ProtoJSON. */
function zeros(length: number): JsonValue {
  return { body: base64Encode(new Uint8Array(length)) };
}

function methodNamed(registry: FileRegistry, service: string, method: string): DescMethod {
  const found = registry.getService(service)?.methods.find(({ name }) => name === method);
  if (found === undefined) throw new Error(`interop.proto has no ${service}/${method}`);
  return found;
}

function same(seen: unknown, expected: unknown): void {
  if (isDeepStrictEqual(seen, expected)) return;
  throw new Error(`expected ${short(expected)}, and not ${short(seen)}`);
}

function short(value: unknown): string {
  return JSON.stringify(value).slice(0, 400);
}

async function refused(answer: Promise<Answer>, code: Code, message?: string): Promise<void> {
  const error = await answer.then(
    ({ messages }) => new Error(`expected ${Code[code]}, and not the answer ${short(messages)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConnectError)) throw error;
  same(Code[error.code], Code[code]);
  if (message !== undefined) same(error.rawMessage, message);
}

/** gRPC-Web-text, which connect-es does not speak: its binary client over an HTTP client that writes and reads base64. */
function textTransport(baseUrl: string): Transport {
  return createTransport({
    baseUrl,
    useBinaryFormat: true,
    interceptors: [],
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: 0,
    readMaxBytes: 0xffffffff,
    writeMaxBytes: 0xffffffff,
    httpClient: async ({ url, method, header, body, signal }) => {
      header.set("content-type", "application/grpc-web-text+proto");
      header.set("accept", "application/grpc-web-text");
      const pieces: Uint8Array[] = [];
      for await (const piece of body ?? []) pieces.push(piece);
      const answer = await fetch(url, { method, headers: header, body: base64Encode(Buffer.concat(pieces)), signal: signal ?? null });
      const type = answer.headers.get("content-type") ?? "";
      if (!type.startsWith("application/grpc-web-text")) throw new Error(`answered ${answer.status} ${type}`);
      const answered = new Headers(answer.headers);
      answered.set("content-type", type.replace("-text", ""));
      return {
        status: answer.status,
        header: answered,
        body: createAsyncIterable([decodedText(await answer.text())]),
        trailer: new Headers(),
      };
    },
  });
}

/** The bytes of base64 text that was padded piece by piece. */
function decodedText(text: string): Uint8Array<ArrayBuffer> {
  const pieces = text.match(/[^=]+={0,2}/gu) ?? [];
  return new Uint8Array(Buffer.concat(pieces.map((piece) => base64Decode(piece))));
}
