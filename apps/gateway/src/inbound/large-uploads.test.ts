import http from "node:http";
import http2 from "node:http2";
import type { Writable } from "node:stream";
import { expect, it } from "vitest";
import { startInbound, watchCall } from "./test-inbound.ts";

const path = "/pb.Greeter/SayHello";
const mebibyte = 1024 * 1024;
const upload = 1024 * mebibyte;
/** The shipped limit of a message, and what the sockets of both sides may hold on top of it. */
const most = 17 * mebibyte + 16 * mebibyte;

interface Upload {
  /** What the body begins with. */
  readonly head: Uint8Array;
  readonly body: Writable;
  readonly isOver: () => boolean;
}

/** Writes as fast as it is taken, until 1 GiB is written or the other side has had enough; answers how many bytes were taken. */
async function push({ head, body, isOver }: Upload): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024, "a");
  let taken = 0;
  let bytes: Uint8Array = head;
  while (!isOver() && !body.destroyed && taken < upload) {
    if (!body.write(bytes)) await drainOrEnd(body);
    taken += bytes.length;
    bytes = chunk;
  }
  return taken;
}

function drainOrEnd(body: Writable): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const name of ["drain", "close", "error"]) body.off(name, settle);
      resolve();
    };
    for (const name of ["drain", "close", "error"]) body.on(name, settle);
  });
}

/** An envelope that says 1 GiB, the length being the only thing that tells. */
const gibibyteEnvelope = Uint8Array.of(0, 0x40, 0, 0, 0);

it.each([
  { name: "Connect without a length", type: "application/json", head: Buffer.from('{"name":"') },
  { name: "gRPC-Web with the length in the envelope", type: "application/grpc-web+proto", head: gibibyteEnvelope },
])("cuts an upload of 1 GiB off at the limit: $name over HTTP/1.1", async ({ type, head }) => {
  const seen: ReturnType<typeof watchCall>[] = [];
  await using server = await startInbound((call) => void seen.push(watchCall(call)));
  const request = http.request({
    host: "127.0.0.1",
    port: server.port,
    method: "POST",
    path,
    headers: { "content-type": type },
    agent: false,
  });
  const answered = Promise.withResolvers<string>();
  let isOver = false;
  request.on("response", (response) => {
    isOver = true;
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("close", () => {
      answered.resolve(`${JSON.stringify(response.headers)} ${Buffer.concat(chunks).toString("latin1")}`);
    });
  });
  request.on("error", () => {
    isOver = true;
  });
  const taken = await push({ head, body: request, isOver: () => isOver });
  const text = await answered.promise;
  request.destroy();
  expect(text).toMatch(/resource_exhausted|"grpc-status":"8"|grpc-status: ?8/);
  expect(text).toMatch(/16 MiB|16777216/);
  expect(taken).toBeLessThan(most);
  expect(seen.flatMap(({ frames }) => frames)).toEqual([]);
});

it("cuts an upload of 1 GiB off at the limit: gRPC over HTTP/2", async () => {
  const seen: ReturnType<typeof watchCall>[] = [];
  await using server = await startInbound((call) => void seen.push(watchCall(call)));
  const session = http2.connect(server.url);
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" });
  let isOver = false;
  const answered = Promise.withResolvers<http2.IncomingHttpHeaders>();
  stream.on("response", (headers) => {
    isOver = true;
    answered.resolve(headers);
  });
  stream.on("error", () => undefined);
  stream.resume();
  const taken = await push({ head: gibibyteEnvelope, body: stream, isOver: () => isOver });
  const headers = await answered.promise;
  session.destroy();
  expect(headers).toMatchObject({ "grpc-status": "8", "grpc-message": expect.stringMatching(/16 MiB|16777216/) });
  expect(taken).toBeLessThan(most);
  expect(seen.flatMap(({ frames }) => frames)).toEqual([]);
});
