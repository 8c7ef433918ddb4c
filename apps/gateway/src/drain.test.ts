import { EventEmitter, once } from "node:events";
import http from "node:http";
import http2, { type ServerHttp2Stream } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { parseGrpcWebTrailers, readTunnelMessage, tunnelTypes, writeEnvelope, writeTunnelMessage } from "@rpcdeck/frames";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { BookingSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/booking_pb.ts";
import { Chat, ConverseResponseSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { CatalogService } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { TunnelEndSchema, TunnelStartSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { answerGrpc, grpcEnvelope, startRawH2, type RawH2Server } from "@rpcdeck/testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { startGatewayProcess } from "./test-process.ts";

/** A backend that keeps unary calls of Chat until it is told to answer; conversations have their first message at once. */
interface HoldingBackend {
  readonly server: RawH2Server;
  /** Resolves once so many calls are held. */
  holds(count: number): Promise<void>;
  release(): void;
}

const text = "at last";
const reply = toBinary(BookingSchema, create(BookingSchema, { code: text }));
const said = toBinary(ConverseResponseSchema, create(ConverseResponseSchema, { text }));
let backend: HoldingBackend;

vi.setConfig({ testTimeout: 60_000 }); // four processes are started, on machines that may be busy

beforeEach(async () => {
  const held: { readonly stream: ServerHttp2Stream; readonly answer: () => void }[] = [];
  let isReleased = false;
  let wake = (): void => {};
  const server = await startRawH2((stream, headers) => {
    stream.resume();
    const isStream = headers[":path"] === "/rpcdeck.demo.v1.Chat/Converse";
    if (isStream) {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.write(grpcEnvelope(said));
    }
    const answer = (): void => {
      if (isStream) stream.end(grpcEnvelope(said));
      else answerGrpc(stream, [reply]);
    };
    if (isReleased) return answer();
    held.push({ stream, answer });
    wake();
  });
  backend = {
    server,
    async holds(count) {
      while (held.length < count) await new Promise<void>((done) => (wake = done));
    },
    release() {
      isReleased = true;
      for (const { answer } of held.splice(0)) answer();
    },
  };
});
afterEach(() => backend.server.close());

const fixed = ["--no-demo", "--no-embedded-registry", "--health-interval", "0"];
const toBackend = (): string[] => ["--target", `rpcdeck.demo.v1.*=grpc://${backend.server.address}`];

/** A unary Connect call on a keep-alive connection of HTTP/1.1. */
function callOverHttp1(address: string, agent: http.Agent): Promise<{ readonly status: number; readonly connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/proto", "connect-protocol-version": "1" };
    const sent = http.request(`${address}/rpcdeck.demo.v1.Chat/EchoBooking`, { method: "POST", agent, headers }, (response) => {
      response.resume();
      response.once("end", () => resolve({ status: response.statusCode ?? 0, connection: response.headers.connection }));
    });
    sent.once("error", reject);
    sent.end(reply);
  });
}

/** A tunnel whose calls all send one booking. */
async function openTunnel(address: string): Promise<{
  call(id: number): void;
  readonly ends: Map<number, { readonly code: number; readonly message: string }>;
  endOf(id: number): Promise<{ readonly code: number; readonly message: string }>;
  readonly closed: Promise<number>;
}> {
  const socket = new WebSocket(`${address.replace("http", "ws")}/-/tunnel`, ["rpcdeck.tunnel.v1"]);
  const ends = new Map<number, { code: number; message: string }>();
  const ended = new EventEmitter();
  socket.on("message", (data: Buffer) => {
    const message = readTunnelMessage(data);
    if (message === undefined || message.type !== tunnelTypes.endDown) return;
    ends.set(message.call, fromBinary(TunnelEndSchema, message.payload));
    ended.emit(String(message.call));
  });
  const closed = new Promise<number>((done) => socket.once("close", done));
  await new Promise((done) => socket.once("open", done));
  return {
    call(id) {
      const start = create(TunnelStartSchema, { path: "/rpcdeck.demo.v1.Chat/EchoBooking", codec: "proto" });
      socket.send(writeTunnelMessage(id, tunnelTypes.start, toBinary(TunnelStartSchema, start)));
      socket.send(writeTunnelMessage(id, tunnelTypes.message, reply, 0));
      socket.send(writeTunnelMessage(id, tunnelTypes.halfClose, new Uint8Array()));
    },
    ends,
    async endOf(id) {
      if (!ends.has(id)) await once(ended, String(id));
      return ends.get(id) ?? expect.unreachable();
    },
    closed,
  };
}

/** A call of improbable's client; resolves with the trailers. */
async function callOverWebSocket(address: string): Promise<ReadonlyMap<string, string>> {
  const socket = new WebSocket(`${address.replace("http", "ws")}/rpcdeck.demo.v1.Chat/EchoBooking`, ["grpc-websockets"]);
  const parts: Buffer[] = [];
  socket.on("message", (data: Buffer) => parts.push(data));
  await new Promise((done) => socket.once("open", done));
  socket.send("content-type: application/grpc-web+proto\r\n");
  socket.send(Buffer.concat([Buffer.from([0]), writeEnvelope(0, reply)]));
  socket.send(Buffer.from([1]));
  await new Promise((done) => socket.once("close", done));
  return new Map(parseGrpcWebTrailers(parts.at(-1)?.subarray(5) ?? new Uint8Array()));
}

/** Waits until the port refuses connections. */
async function refused(address: string): Promise<void> {
  const untilMs = performance.now() + 10_000;
  for (;;) {
    const code = await fetch(`${address}/-/healthz`, { headers: { connection: "close" } }).then(
      () => undefined,
      (error: unknown) => (error instanceof Error && error.cause instanceof Error && "code" in error.cause ? error.cause.code : undefined),
    );
    if (code === "ECONNREFUSED") return;
    if (performance.now() > untilMs) throw new Error("the port still answers after 10 s");
  }
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.unreachable(),
    (error: unknown) => ConnectError.from(error),
  );
}

describe.each([[[]], [["--workers", "2"]]])("with %j", (workers: readonly string[]) => {
  test("after SIGTERM it is not ready, serves on for --drain-wait, then takes no new calls and lets those under way finish", async () => {
    await using gateway = await startGatewayProcess(...workers, ...fixed, ...toBackend(), "--drain-wait", "700ms", "--drain-time", "20s");
    const { address, child, ended } = gateway;
    const agent = new http.Agent({ keepAlive: true });
    const sessionManager = new Http2SessionManager(address);
    const grpc = createGrpcTransport({ baseUrl: address, sessionManager });
    const tunnel = await openTunnel(address);

    const calls = [
      callOverHttp1(address, agent),
      createClient(Chat, grpc).echoBooking({}),
      callOverWebSocket(address),
      tunnel.endOf(1),
    ] as const;
    tunnel.call(1);
    const talk = createClient(Chat, grpc).converse(nothing())[Symbol.asyncIterator]();
    expect((await talk.next()).value).toMatchObject({ text });
    // A stream to a service of the gateway itself, which must live as long as its calls.
    const target = { headers: { "rpcdeck-target": "gateway/gateway" } };
    let importMore = (): void => {};
    const imported = createClient(AddressBookService, grpc).importPeople(
      (async function* () {
        yield { name: "one" };
        await new Promise<void>((done) => (importMore = done));
        yield { name: "two" };
      })(),
      target,
    );
    await backend.holds(5);
    const idle = http2.connect(address);
    const wentAway = once(idle, "goaway");
    await once(idle, "connect");

    const health = createClient(Health, grpc).watch({})[Symbol.asyncIterator]();
    expect((await health.next()).value).toMatchObject({ status: Status.SERVING });

    child.kill("SIGTERM");
    let ready = 200;
    while (ready === 200) ready = (await fetch(`${address}/-/readyz`)).status;
    expect(ready).toBe(503);
    expect((await fetch(`${address}/-/healthz`)).status).toBe(200);
    expect((await health.next()).value).toMatchObject({ status: Status.NOT_SERVING });
    const late = callOverHttp1(address, agent);
    await backend.holds(6);

    await refused(address);
    tunnel.call(2);
    expect(await tunnel.endOf(2)).toMatchObject({ code: Code.Unavailable, message: expect.stringContaining("takes no new calls") });
    expect(tunnel.ends.has(1)).toBe(false);
    expect((await wentAway)[0]).toBe(http2.constants.NGHTTP2_NO_ERROR);
    expect(child.exitCode).toBeNull();

    importMore();
    expect(await imported).toMatchObject({ added: 2 });
    backend.release();
    const [overHttp1, overH2, overWebSocket, inTunnel] = await Promise.all(calls);
    expect([overHttp1.status, overHttp1.connection, (await late).status]).toEqual([200, "close", 200]);
    expect([overH2.code, overWebSocket.get("grpc-status"), inTunnel.code]).toEqual([text, "0", 0]);
    expect((await talk.next()).value).toMatchObject({ text });
    expect((await talk.next()).done).toBe(true);
    expect(await tunnel.closed).toBe(1001);
    expect((await ended).code).toBe(0);
    agent.destroy();
    sessionManager.abort();
  });

  test("what outlasts --drain-time is told why", async () => {
    await using gateway = await startGatewayProcess(...workers, ...fixed, ...toBackend(), "--drain-time", "500ms");
    const { address, child, ended } = gateway;
    const tunnel = await openTunnel(address);
    tunnel.call(1);
    const talk = createClient(Chat, createGrpcTransport({ baseUrl: address }))
      .converse(nothing())
      [Symbol.asyncIterator]();
    await talk.next();
    const overHttp1 = failure(createClient(Chat, createConnectTransport({ baseUrl: address, httpVersion: "1.1" })).echoBooking({}));
    const overWebSocket = callOverWebSocket(address);
    await backend.holds(4);
    child.kill("SIGTERM");
    const told = { code: Code.Unavailable, rawMessage: "the gateway is ending, and the call still ran after the 0.5 s of --drain-time" };
    expect(await failure(talk.next())).toMatchObject(told);
    expect(await overHttp1).toMatchObject(told);
    expect(await tunnel.endOf(1)).toMatchObject({ code: told.code, message: told.rawMessage });
    expect((await overWebSocket).get("grpc-status")).toBe(String(told.code));
    expect((await ended).code).toBe(0);
  });

  test("Ctrl-C waits for no load balancer and for no feed of the gateway's own", async () => {
    await using gateway = await startGatewayProcess(...workers, "--no-demo", "--drain-wait", "1m", "--drain-time", "1m");
    const { address, child, ended } = gateway;
    await fetch(`${address}/-/readyz`);
    const feed = createClient(CatalogService, createGrpcTransport({ baseUrl: address }))
      .watchCatalog({})
      [Symbol.asyncIterator]();
    await feed.next();
    const startedMs = performance.now();
    child.kill("SIGINT");
    expect(await failure(readOn(feed))).toMatchObject({ code: Code.Unavailable, rawMessage: "the gateway is ending" });
    expect((await ended).code).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(20_000); // far below both flags, also on a busy machine
  });

  test("a second signal ends at once, and SIGTERM waits only where somebody asked whether it is ready", async () => {
    await using gateway = await startGatewayProcess(...workers, ...fixed, ...toBackend());
    const { address, child, ended } = gateway;
    await fetch(`${address}/-/readyz`);
    const call = failure(createClient(Chat, createConnectTransport({ baseUrl: address, httpVersion: "1.1" })).echoBooking({}));
    await backend.holds(1);
    const says = new Promise<string>((done) => child.stderr?.on("data", (line: Buffer) => done(line.toString())));
    child.kill("SIGTERM");
    expect(await says).toContain("/-/readyz says 503 for 5 s, then calls under way get 20 s");
    // The first repeat may be the same signal on another way, which does not count.
    const again = setInterval(() => child.kill("SIGTERM"), 100);
    expect((await ended).code).toBe(1);
    clearInterval(again);
    await call;
  });
});

async function* nothing(): AsyncIterable<never> {}

async function readOn(feed: AsyncIterator<unknown>): Promise<void> {
  while ((await feed.next()).done !== true);
}
