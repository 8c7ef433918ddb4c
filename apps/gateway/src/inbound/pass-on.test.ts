import { mkdtempSync, rmSync } from "node:fs";
import http2 from "node:http2";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeEnvelope } from "@rpcdeck/frames";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Call } from "../call/call.ts";
import { echo, startInbound, type TestInbound } from "./test-inbound.ts";

const folder = mkdtempSync(join(tmpdir(), "rpcdeck-inside-"));
let lead: TestInbound;
let worker: TestInbound;
let calls: Call[];
let handle: (call: Call) => void;

beforeEach(async () => {
  calls = [];
  handle = echo;
  const path = join(folder, `lead-${Math.random()}`);
  lead = await startInbound((call) => {
    calls.push(call);
    handle(call);
  });
  await lead.inbound.listenInside(path);
  worker = await startInbound(() => expect.unreachable(), { passing: { path, isOurs: () => false } });
  return () => rmSync(path, { force: true });
});
afterEach(async () => {
  await worker[Symbol.asyncDispose]();
  await lead[Symbol.asyncDispose]();
});

const grpc = { ":method": "POST", ":path": "/a.B/C", "content-type": "application/grpc", te: "trailers" };

test("a stream is passed on with headers, messages and trailers, and says whose it is", async () => {
  const session = http2.connect(worker.url);
  const stream = session.request({ ...grpc, "x-twice": ["a", "b"] });
  const trailers = new Promise<http2.IncomingHttpHeaders>((done) => stream.once("trailers", done));
  const headers = new Promise<http2.IncomingHttpHeaders>((done) => stream.once("response", done));
  const parts: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => parts.push(chunk));
  stream.write(writeEnvelope(0, new TextEncoder().encode("one")));
  stream.end(writeEnvelope(0, new Uint8Array(300_000).fill(7)));
  expect(await headers).toMatchObject({ ":status": 200, "x-header": "h1, h2" });
  expect(await trailers).toMatchObject({ "grpc-status": "0", "x-trailer": "t1, t2" });
  const body = Buffer.concat(parts);
  expect(body.length).toBe(5 + 3 + 5 + 300_000);
  expect(body.subarray(5, 8).toString()).toBe("one");
  expect(body.subarray(13).every((byte) => byte === 7)).toBe(true);
  const local = session.socket.localPort;
  expect(calls[0]).toMatchObject({ protocol: "gRPC over HTTP/2", peer: `127.0.0.1:${local}` });
  expect(calls[0]?.metadata.filter(([name]) => name === "x-twice")).toEqual([
    ["x-twice", "a"],
    ["x-twice", "b"],
  ]);
  session.close();
});

test("an answer that comes whole stays so: a status without messages ends with its headers", async () => {
  handle = (call) => call.end({ code: 5, message: "gone", details: [], headers: [], trailers: [] });
  const session = http2.connect(worker.url);
  const stream = session.request(grpc);
  const [headers, flags] = await new Promise<[http2.IncomingHttpHeaders, number]>((done) =>
    stream.once("response", (...args: [http2.IncomingHttpHeaders, number]) => done(args)),
  );
  expect(headers).toMatchObject({ "grpc-status": "5", "grpc-message": "gone" });
  expect(flags & http2.constants.NGHTTP2_FLAG_END_STREAM).not.toBe(0);
  session.close();
});

test("a page, HEAD, a refusal and a path that is nowhere answer as they do without workers", async () => {
  for (const [path, init] of [
    ["/-/healthz", {}],
    ["/-/healthz", { method: "HEAD" }],
    ["/-/nothing", {}],
    ["/a.B/C", { method: "POST", headers: { "content-type": "text/csv" }, body: "x" }],
    ["/a.B/C", { method: "OPTIONS" }],
    ["/a.B/C", { headers: { origin: "https://evil.example" } }],
  ] as const) {
    const [passed, direct] = await Promise.all([fetch(worker.url + path, init), fetch(lead.url + path, init)]);
    const shown = async (answer: Response): Promise<unknown> => [
      answer.status,
      [...answer.headers].filter(([name]) => name !== "date"),
      await answer.text(),
    ];
    expect(await shown(passed)).toEqual(await shown(direct));
  }
});

test("both sides are held back by the slower one", async () => {
  let isHeld = false;
  let taken = 0;
  handle = (call) => {
    call.respond([], "identity");
    call.listen({
      onFrame(frame) {
        taken += frame.bytes.length;
        if (!isHeld) call.pauseRequests();
        isHeld = true;
      },
      onEnd: () => call.end({ code: 0, message: "", details: [], headers: [], trailers: [] }),
      onCancel() {},
    });
  };
  const session = http2.connect(worker.url);
  const stream = session.request(grpc);
  stream.resume();
  const piece = writeEnvelope(0, new Uint8Array(64 * 1024));
  const count = 100; // node's client holds 10 MB at most
  for (let at = 0; at < count; at++) stream.write(piece);
  stream.end();
  await expect.poll(() => isHeld).toBe(true);
  const total = count * 64 * 1024;
  // The worker's window and what was on its way; not the whole of it.
  await new Promise((done) => setTimeout(done, 200));
  expect(stream.writableLength).toBeGreaterThan(total / 4);
  calls[0]?.resumeRequests();
  await new Promise((done) => stream.once("close", done));
  expect(taken).toBe(total);
  session.close();
});

test("an answer is held back for a caller that does not read", async () => {
  let sent = 0;
  handle = (call) => {
    call.respond([], "identity");
    call.listen({ onFrame() {}, onEnd() {}, onCancel() {} });
    const pump = (): void => {
      while (sent < 1_000) {
        sent++;
        if (!call.write({ compressed: false, bytes: new Uint8Array(64 * 1024) })) return;
      }
      call.end({ code: 0, message: "", details: [], headers: [], trailers: [] });
    };
    call.onDrain = pump;
    pump();
  };
  const session = http2.connect(worker.url);
  const stream = session.request(grpc);
  stream.end();
  await new Promise((done) => stream.once("response", done));
  let before = -1;
  await expect
    .poll(
      () => {
        const isStill = sent === before;
        before = sent;
        return isStill;
      },
      { interval: 200 },
    )
    .toBe(true);
  expect(sent).toBeLessThan(200);
  let bytes = 0;
  stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
  await new Promise((done) => stream.once("close", done));
  expect(bytes).toBe(1_000 * (64 * 1024 + 5));
  session.close();
});

test("a cancel reaches the call while its body waits, and a lead that is gone is said", async () => {
  const cancelled = Promise.withResolvers<string>();
  handle = (call) => {
    call.listen({ onFrame: () => call.pauseRequests(), onEnd() {}, onCancel: (outcome) => cancelled.resolve(outcome.message) });
  };
  const session = http2.connect(worker.url);
  const stream = session.request(grpc);
  stream.on("error", () => {});
  stream.write(writeEnvelope(0, new Uint8Array(1_000)));
  await expect.poll(() => calls.length).toBe(1);
  stream.close(http2.constants.NGHTTP2_CANCEL);
  expect(await cancelled.promise).toBe("the caller cancelled");
  session.close();
  await lead.inbound.close(0);
  const answer = await fetch(`${worker.url}/-/healthz`);
  expect([answer.status, await answer.text()]).toEqual([503, "the gateway's lead process did not answer\n"]);
});

test("WebSockets are passed on, whatever comes with the request's head", async () => {
  for (let round = 0; round < 20; round++) {
    const socket = new WebSocket(`${worker.url.replace("http", "ws")}/-/tunnel`, ["rpcdeck.tunnel.v1"]);
    await new Promise((done, fail) => socket.once("open", done).once("error", fail));
    expect([worker.inbound.counts().webSockets, worker.inbound.counts().http1, lead.inbound.counts().webSockets]).toEqual([0, 0, 1]);
    socket.close();
    await new Promise((done) => socket.once("close", done));
    await expect.poll(() => lead.inbound.counts().webSockets).toBe(0);
  }
  const refused = new WebSocket(`${worker.url.replace("http", "ws")}/-/nowhere`);
  const error = await new Promise<Error>((done) => refused.once("error", done));
  expect(error.message).toContain("404");
});

test("what is no frame of a worker is cut off", async () => {
  const path = join(folder, "other");
  await using other = await startInbound(() => expect.unreachable());
  await other.inbound.listenInside(path);
  const socket = net.connect(path);
  socket.write(writeEnvelope(99, new Uint8Array(3)));
  socket.resume();
  await new Promise((done) => socket.once("close", done));
});
