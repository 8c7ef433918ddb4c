import { createEnvelopeSplitter, headerValue, parseGrpcWebTrailers, writeEnvelope, type Outcome } from "@rpcdeck/frames";
import { startBackend } from "@rpcdeck/testkit";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Call } from "../call/call.ts";
import { startTestGateway, testInstance } from "../test-gateway.ts";
import { echo, startInbound, watchCall, type SeenCall } from "./test-inbound.ts";

interface Opened {
  readonly socket: WebSocket;
  readonly body: Promise<Buffer>;
}

async function open(port: number, headers: string): Promise<Opened> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/pb.Greeter/SayHello`, ["grpc-websockets"]);
  const parts: Buffer[] = [];
  socket.on("message", (data: Buffer) => parts.push(data));
  const body = new Promise<Buffer>((done) =>
    socket.once("close", () => {
      done(Buffer.concat(parts));
    }),
  );
  await new Promise((done) => socket.once("open", done));
  socket.send(headers);
  return { socket, body };
}

function framesOf(body: Buffer): [flags: number, bytes: Uint8Array][] {
  const frames: [number, Uint8Array][] = [];
  const splitter = createEnvelopeSplitter(1 << 20, {
    onEnvelope: (flags, bytes) => frames.push([flags, bytes]),
    onTooLarge() {},
    onEnd() {},
  });
  splitter.push(body);
  return frames;
}

it("carries a call in improbable's subprotocol: headers first, then messages, then trailers", async () => {
  await using server = await startInbound(echo, { token: "t" });
  const { socket, body } = await open(server.port, "content-type: application/grpc-web+proto\r\nX-A: 1\r\nrpcdeck-token: t\r\n");
  const envelope = Buffer.from(writeEnvelope(0, Buffer.from("hello")));
  for (const part of [envelope.subarray(0, 3), envelope.subarray(3)]) socket.send(Buffer.concat([Buffer.from([0]), part]));
  socket.send(Buffer.from([1]));
  const frames = framesOf(await body);
  expect(frames.map(([flags]) => flags)).toEqual([0x80, 0, 0x80]);
  expect(parseGrpcWebTrailers(frames[0]![1])).toContainEqual(["x-header", "h1"]);
  expect(Buffer.from(frames[1]![1]).toString()).toBe("hello");
  expect(parseGrpcWebTrailers(frames[2]![1])).toContainEqual(["grpc-status", "0"]);
});

it("refuses a call without the token", async () => {
  await using server = await startInbound(() => expect.unreachable(), { token: "t" });
  const { body } = await open(server.port, "content-type: application/grpc-web\r\n");
  expect(parseGrpcWebTrailers(framesOf(await body)[0]![1])).toContainEqual(["grpc-status", "16"]);
});

/** The status that a call ends with when its first message is `headers`, and the cause that it is counted under. */
async function refusalOf(headers: string, options: Parameters<typeof startInbound>[1] = {}) {
  const statuses: number[] = [];
  await using server = await startInbound(() => expect.unreachable(), { ...options, onRefusal: (status) => void statuses.push(status) });
  const { body } = await open(server.port, headers);
  const trailers = parseGrpcWebTrailers(framesOf(await body).at(-1)![1]);
  const text = decodeURIComponent(headerValue(trailers, "grpc-message") ?? "");
  return { code: headerValue(trailers, "grpc-status"), text, statuses };
}

it.each(["soon", "5", "123456789S", "-1S", ""])("refuses a grpc-timeout of %o", async (timeout) => {
  expect(await refusalOf(`content-type: application/grpc-web\r\ngrpc-timeout: ${timeout}\r\n`)).toEqual({
    code: "3",
    text: `grpc-timeout ${timeout} is no timeout`,
    statuses: [400],
  });
});

it.each([
  ["content-type: text/csv\r\n", "content type text/csv"],
  ["content-type: application/connect+json\r\n", "content type application/connect+json"],
  ["content-type: application/grpc\r\n", "content type application/grpc"],
  ["content-type: application/grpc-web-text\r\n", "content type application/grpc-web-text"],
  ["content-type: text/ümlaut\r\n", "content type text/ümlaut"],
  ["x-a: 1\r\n", "a call without content type"],
])("refuses what is no gRPC-Web: %j", async (headers, what) => {
  expect(await refusalOf(headers)).toEqual({
    code: "3",
    text: `${what} does not go over grpc-websockets; application/grpc-web, +proto and +json do`,
    statuses: [415],
  });
});

it("refuses headers over the limit, which nobody else counts here", async () => {
  const limits = { maxHeaderBytes: 1024 };
  const type = "content-type: application/grpc-web\r\n";
  const large = await refusalOf(`${type}x-a: ${"a".repeat(1024)}\r\n`, { limits });
  expect(large).toMatchObject({
    code: "8",
    statuses: [431],
    text: expect.stringContaining("the limit of 1 KiB (--max-headers)") as string,
  });
  const many = await refusalOf(`${type}${"a: 1\r\n".repeat(4)}`, { limits });
  expect(many).toMatchObject({ code: "8", text: "request of 5 header fields has more than the limit of 4 (--max-headers)" });
});

it.each([
  ["application/grpc-web", "proto", "application/grpc-web+proto"],
  ["application/grpc-web+proto", "proto", "application/grpc-web+proto"],
  ["application/grpc-web+json", "json", "application/grpc-web+json"],
])("takes %s for a call in %s", async (type, codec, answered) => {
  const calls: Call[] = [];
  await using server = await startInbound((call) => {
    calls.push(call);
    echo(call);
  });
  const { socket, body } = await open(server.port, `content-type: ${type}\r\ngrpc-timeout: 5S\r\n`);
  socket.send(Buffer.concat([Buffer.from([0]), writeEnvelope(0, Buffer.from("{}"))]));
  socket.send(Buffer.from([1]));
  expect(parseGrpcWebTrailers(framesOf(await body)[0]![1])).toContainEqual(["content-type", answered]);
  expect(calls[0]?.codec).toBe(codec);
  expect(calls[0]?.deadlineMs).toBeDefined();
});

it("turns JSON into proto for a backend that reads no JSON", async () => {
  const backend = await startBackend();
  await using gateway = await startTestGateway({ instances: [testInstance(backend.address, "grpc")] });
  const { socket, body } = await open(gateway.port, "content-type: application/grpc-web+json\r\n");
  socket.send(Buffer.concat([Buffer.from([0]), writeEnvelope(0, Buffer.from('{"name":"you"}'))]));
  socket.send(Buffer.from([1]));
  const frames = framesOf(await body);
  expect(JSON.parse(Buffer.from(frames[1]![1]).toString())).toEqual({ message: "hello you" });
  expect(parseGrpcWebTrailers(frames[2]![1])).toContainEqual(["grpc-status", "0"]);
  await backend.close();
});

it("pings, goes on while answers come, and cancels the call of a socket that does not answer", async () => {
  const cancelled = Promise.withResolvers<Outcome>();
  await using server = await startInbound((call) => void watchCall(call).cancelled.then(cancelled.resolve), {
    limits: { tunnelPingMs: 30 },
  });
  const { socket } = await open(server.port, "content-type: application/grpc-web\r\n");
  let isOver = false;
  void cancelled.promise.then(() => (isOver = true));
  for (let ping = 0; ping < 4; ping++) await new Promise((done) => socket.once("ping", done));
  expect(isOver).toBe(false);
  (socket as unknown as { _autoPong: boolean })._autoPong = false;
  expect(await cancelled.promise).toMatchObject({ code: 1, message: "the caller closed the WebSocket" });
});

it("does not take a caller for gone while the gateway itself reads nothing", async () => {
  const seen = Promise.withResolvers<SeenCall>();
  await using server = await startInbound((call) => seen.resolve(watchCall(call)), { limits: { tunnelPingMs: 20 } });
  const { socket } = await open(server.port, "content-type: application/grpc-web\r\n");
  const call = await seen.promise;
  call.call.pauseRequests();
  let isOver = false;
  void call.cancelled.then(() => (isOver = true));
  socket.send(Buffer.concat([Buffer.from([0]), writeEnvelope(0, Buffer.from("late"))]));
  await new Promise((done) => setTimeout(done, 150)); // several pings
  expect(isOver).toBe(false);
  call.call.resumeRequests();
  await expect.poll(() => call.frames.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["late"]);
  socket.close();
});

it("closes a socket whose message begins with neither 0 nor 1", async () => {
  const cancelled = Promise.withResolvers<Outcome>();
  await using server = await startInbound((call) => void watchCall(call).cancelled.then(cancelled.resolve));
  const { socket } = await open(server.port, "content-type: application/grpc-web\r\n");
  socket.send(Buffer.from([7]));
  expect(await new Promise((done) => socket.once("close", done))).toBe(1002);
  expect((await cancelled.promise).code).toBe(1);
});

it("takes a closed socket for a cancel", async () => {
  const cancelled = Promise.withResolvers<Outcome>();
  await using server = await startInbound((call) => void watchCall(call).cancelled.then(cancelled.resolve));
  const { socket } = await open(server.port, "content-type: application/grpc-web\r\n");
  socket.send(Buffer.concat([Buffer.from([0]), writeEnvelope(0, new Uint8Array(1))]));
  socket.close();
  expect((await cancelled.promise).code).toBe(1);
});
