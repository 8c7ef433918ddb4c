import { createEnvelopeSplitter, parseGrpcWebTrailers, writeEnvelope, type Outcome } from "@rpcdeck/frames";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { echo, startInbound, watchCall } from "./test-inbound.ts";

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

it("takes a closed socket for a cancel", async () => {
  const cancelled = Promise.withResolvers<Outcome>();
  await using server = await startInbound((call) => void watchCall(call).cancelled.then(cancelled.resolve));
  const { socket } = await open(server.port, "content-type: application/grpc-web\r\n");
  socket.send(Buffer.concat([Buffer.from([0]), writeEnvelope(0, new Uint8Array(1))]));
  socket.close();
  expect((await cancelled.promise).code).toBe(1);
});
