import {
  envelopeFlags,
  outcomeOf,
  parseConnectGet,
  writeConnectEndStream,
  writeConnectError,
  writeEnvelope,
  writeGrpcWebTrailers,
  type MethodKind,
} from "@rpcdeck/frames";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { carrierOf, startCall } from "./call-session.ts";
import type { CallSession, CallSnapshot } from "./call-state.ts";
import type { Draft } from "./draft.ts";
import { createStreamSlots, type StreamSlots } from "./stream-slots.ts";
import type { TunnelCallListener, TunnelCallOptions } from "./tunnel-call.ts";
import { gzip } from "./streams-codec.ts";
import { createTunnelClient, type TraceListener, type TunnelClient } from "./tunnel-client.ts";

const draft: Draft = {
  id: "d",
  service: "pb.Greeter",
  method: "SayHello",
  target: undefined,
  schemaId: undefined,
  protocol: "connect",
  codec: "proto",
  message: new Uint8Array(),
  jsonText: undefined,
  lastGood: undefined,
  metadata: [],
  deadlineMs: undefined,
  deadlineChosen: false,
  encoding: "",
  select: undefined,
  fail: undefined,
  hedgeMs: undefined,
  useGet: false,
};

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** A gateway's fetch side that answers with `answer`. */
async function serve(answer: (response: ServerResponse, request: Seen) => void) {
  const seen: Seen[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const each = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks) };
      seen.push(each);
      answer(response, each);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** A tunnel that opens nothing: it keeps what it was asked for. */
function quietTunnel() {
  const watches: { id: string; listener: TraceListener }[] = [];
  const calls: { options: TunnelCallOptions; listener: TunnelCallListener; did: unknown[] }[] = [];
  const real = createTunnelClient({ url: "ws://127.0.0.1:1/", token: () => undefined });
  const tunnel: TunnelClient = {
    ...real,
    watch(id, listener) {
      watches.push({ id, listener });
      return () => {};
    },
    openCall(options, listener) {
      const did: unknown[] = [];
      calls.push({ options, listener, did });
      return {
        waitingBytes: 0,
        send: ({ compressed, bytes }) => did.push({ compressed, bytes: [...(compressed ? gunzipSync(bytes) : bytes)] }),
        halfClose: () => did.push("halfClose"),
        cancel: () => did.push("cancel"),
        grant: (bytes) => did.push({ grant: bytes }),
      };
    },
  };
  return { tunnel, watches, calls };
}

function call(
  origin: string,
  change: Partial<Draft> = {},
  more: { kind?: MethodKind; first?: Uint8Array | undefined; slots?: StreamSlots; token?: string } = {},
) {
  const { tunnel, watches, calls } = quietTunnel();
  const session = startCall(
    { ...draft, ...change },
    {
      kind: more.kind ?? "unary",
      first: "first" in more ? more.first : new Uint8Array([1, 2, 3]),
      origin,
      token: more.token,
      tunnel,
      slots: more.slots ?? createStreamSlots(),
      compression: { compress: (bytes) => gzip(bytes), decompress: (bytes) => Promise.resolve(bytes) },
      onFrame: queueMicrotask,
    },
  );
  closers.push(() => {
    session.cancel();
    watches[0]?.listener.onEvents([], true);
  });
  return { session, watches, calls };
}

function when(session: CallSession, holds: (snapshot: CallSnapshot) => boolean): Promise<CallSnapshot> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds(session.snapshot())) return;
      stop();
      resolve(session.snapshot());
    };
    const stop = session.subscribe(look);
    look();
  });
}

const ended = (session: CallSession) => when(session, ({ state }) => state.kind === "ended");

function outcomeIn(snapshot: CallSnapshot) {
  if (snapshot.state.kind !== "ended") throw new Error(`the call is ${snapshot.state.kind}`);
  return snapshot.state.outcome;
}

describe("a unary Connect call by fetch", () => {
  it("sends the bytes as they are and reads message, headers and trailers", async () => {
    const { origin, seen } = await serve((response) => {
      response.writeHead(200, {
        "content-type": "application/proto",
        "rpcdeck-instance": "embedded/greeter-2",
        "rpcdeck-attempts": "2",
        "trailer-x-cost": "7",
      });
      response.end(Buffer.from([9, 8]));
    });
    const { session, watches } = call(
      origin,
      {
        target: "embedded/greeter-2",
        select: "round-robin",
        deadlineMs: 5000,
        deadlineChosen: true,
        metadata: [
          { name: "X-A", value: " 1 ", enabled: true },
          { name: "x-off", value: "1", enabled: false },
        ],
      },
      { token: "secret" },
    );
    expect(session.id).toMatch(/^[0-9a-f]{32}$/);
    expect(watches.map(({ id }) => id)).toEqual([session.id]);
    const snapshot = await ended(session);
    expect(seen[0]).toMatchObject({
      method: "POST",
      url: "/pb.Greeter/SayHello",
      headers: {
        "content-type": "application/proto",
        "connect-protocol-version": "1",
        "connect-timeout-ms": "5000",
        "rpcdeck-call": session.id,
        "rpcdeck-target": "embedded/greeter-2",
        "rpcdeck-select": "round-robin",
        "rpcdeck-token": "secret",
        "x-a": "1",
      },
    });
    expect(seen[0]?.headers["x-off"]).toBeUndefined();
    expect([...seen[0]!.body]).toEqual([1, 2, 3]);
    expect(outcomeIn(snapshot)).toMatchObject({ code: 0, trailers: [["x-cost", "7"]] });
    expect(snapshot).toMatchObject({ instance: "embedded/greeter-2", attempts: 2, sentCount: 1, receivedCount: 1, receivedBytes: 2 });
    expect(snapshot.messages.map(({ direction, bytes }) => [direction, ...bytes])).toEqual([
      ["sent", 1, 2, 3],
      ["received", 9, 8],
    ]);
    expect(snapshot.requestHeaders.some(([name]) => name === "rpcdeck-token")).toBe(false);
  });

  it("reads an error with its details", async () => {
    const outcome = {
      ...outcomeOf("invalid_argument", "b is zero"),
      details: [{ typeUrl: "type.googleapis.com/google.rpc.BadRequest", bytes: new Uint8Array([5]) }],
    };
    const { origin } = await serve((response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(writeConnectError(outcome));
    });
    expect(outcomeIn(await ended(call(origin).session))).toMatchObject({ code: 3, message: "b is zero", details: outcome.details });
  });

  it("says what an answer is that no RPC server gave", async () => {
    const { origin } = await serve((response) => {
      response.writeHead(403, { "content-type": "text/plain" });
      response.end("host evil.example is not allowed");
    });
    expect(outcomeIn(await ended(call(origin).session))).toMatchObject({
      code: 7,
      message: "HTTP status 403: host evil.example is not allowed",
    });
  });

  it("is unavailable when nobody listens", async () => {
    const outcome = outcomeIn(await ended(call("http://127.0.0.1:1").session));
    expect(outcome.code).toBe(14);
    expect(outcome.message).toContain("no answer from the gateway at http://127.0.0.1:1");
  });

  it("compresses the request and reads a compressed answer", async () => {
    const { origin, seen } = await serve((response) => {
      const body = gzipSync(Buffer.alloc(1000, 7));
      response.writeHead(200, { "content-type": "application/proto", "content-encoding": "gzip", "content-length": body.length });
      response.end(body);
    });
    const snapshot = await ended(call(origin, { encoding: "gzip" }).session);
    expect(seen[0]?.headers["content-encoding"]).toBe("gzip");
    expect([...gunzipSync(seen[0]!.body)]).toEqual([1, 2, 3]);
    expect(snapshot.messages.at(-1)?.bytes).toHaveLength(1000);
    expect(snapshot.receivedBytes).toBeLessThan(100);
  });

  it("goes by GET where the draft says so", async () => {
    const { origin, seen } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/proto" });
      response.end();
    });
    const snapshot = await ended(call(origin, { useGet: true }).session);
    expect(seen[0]?.method).toBe("GET");
    const query = parseConnectGet(seen[0]!.url.split("?")[1] ?? "");
    expect(query.kind === "get" && [...query.get.message]).toEqual([1, 2, 3]);
    expect(outcomeIn(snapshot).code).toBe(0);
    expect(snapshot.messages.at(-1)?.bytes).toHaveLength(0);
  });

  it("names the policy that was chosen", async () => {
    const { origin, seen } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/proto" });
      response.end();
    });
    await ended(call(origin, { select: "random", fail: "failover", hedgeMs: 200 }).session);
    expect(seen[0]?.headers).toMatchObject({ "rpcdeck-select": "random", "rpcdeck-fail": "failover", "rpcdeck-hedge": "200" });
  });

  it("ends as cancelled at once, and the server sees it", async () => {
    let closed: () => void = () => {};
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const { origin, seen } = await serve((response) => response.on("close", closed));
    const { session } = call(origin);
    await expect.poll(() => seen.length).toBe(1);
    session.cancel();
    const snapshot = await ended(session);
    expect(snapshot.state).toMatchObject({ cancelled: true, outcome: { code: 1 } });
    await gone;
  });
});

describe("streams by fetch", () => {
  it("reads gRPC-Web messages and trailers, compressed ones too", async () => {
    const { origin, seen } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/grpc-web+proto", "grpc-encoding": "gzip" });
      response.write(writeEnvelope(0, new Uint8Array([1])));
      response.write(writeEnvelope(envelopeFlags.compressed, gzipSync(Buffer.from([2, 2]))));
      response.end(
        writeGrpcWebTrailers([
          ["grpc-status", "9"],
          ["grpc-message", "not%20now"],
          ["x-t", "1"],
        ]),
      );
    });
    const snapshot = await ended(
      call(origin, { protocol: "grpc-web", deadlineMs: 2000, deadlineChosen: true }, { kind: "server-stream" }).session,
    );
    expect(seen[0]).toMatchObject({
      headers: { "content-type": "application/grpc-web+proto", "grpc-timeout": "2000m", "x-grpc-web": "1" },
    });
    expect([...seen[0]!.body]).toEqual([0, 0, 0, 0, 3, 1, 2, 3]);
    expect(outcomeIn(snapshot)).toMatchObject({ code: 9, message: "not now", trailers: [["x-t", "1"]] });
    expect(snapshot.messages.slice(1).map(({ bytes }) => [...bytes])).toEqual([[1], [2, 2]]);
  });

  it("reads a trailers-only gRPC-Web answer", async () => {
    const { origin } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/grpc-web+proto", "grpc-status": "12", "grpc-message": "no such method" });
      response.end();
    });
    expect(outcomeIn(await ended(call(origin, { protocol: "grpc-web" }).session))).toMatchObject({ code: 12, message: "no such method" });
  });

  it("reads Connect stream messages as they come, and the end message", async () => {
    let finish: () => void = () => {};
    const { origin } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/connect+json" });
      response.write(writeEnvelope(0, new TextEncoder().encode("{}")));
      finish = () => response.end(writeConnectEndStream({ ...outcomeOf("aborted", "enough"), trailers: [["a", "b"]] }));
    });
    const { session } = call(origin, { codec: "json" }, { kind: "server-stream" });
    const open = await when(session, ({ receivedCount }) => receivedCount === 1);
    expect(open.state.kind).toBe("open");
    finish();
    expect(outcomeIn(await ended(session))).toMatchObject({ code: 10, message: "enough", trailers: [["a", "b"]] });
  });

  it("says when a stream ends without its end, or inside a message", async () => {
    const check = async (tail: Uint8Array, expected: string) => {
      const { origin } = await serve((response) => {
        response.writeHead(200, { "content-type": "application/connect+proto" });
        response.end(tail);
      });
      expect(outcomeIn(await ended(call(origin, {}, { kind: "server-stream" }).session))).toMatchObject({ code: 13, message: expected });
    };
    await check(writeEnvelope(0, new Uint8Array([1])), "the stream ended without its last message");
    await check(new Uint8Array([0, 0, 0, 0, 9, 1]), "the stream ended inside a message, after 6 bytes of it");
  });

  it("holds messages back while paused, reads some more, and goes on", async () => {
    let send: (count: number) => void = () => {};
    const { origin } = await serve((response) => {
      response.writeHead(200, { "content-type": "application/connect+proto" });
      send = (count) => {
        for (let n = 0; n < count; n++) response.write(writeEnvelope(0, new Uint8Array([n])));
      };
      send(1);
    });
    const { session } = call(origin, {}, { kind: "server-stream" });
    await when(session, ({ receivedCount }) => receivedCount === 1);
    session.pause();
    send(5);
    session.read(2);
    expect(await when(session, ({ receivedCount }) => receivedCount === 3)).toMatchObject({ paused: true });
    session.resume();
    expect(await when(session, ({ receivedCount }) => receivedCount === 6)).toMatchObject({ paused: false, heldCount: 0 });
  });

  it("sends the third stream at a time through the tunnel", () => {
    const slots = createStreamSlots();
    expect(carrierOf(draft, "server-stream", slots)).toEqual({ kind: "fetch" });
    const give = slots.take();
    slots.take();
    expect(carrierOf(draft, "server-stream", slots).kind).toBe("tunnel");
    give();
    give();
    expect(carrierOf(draft, "server-stream", slots).kind).toBe("fetch");
    expect(slots.isFree()).toBe(true);
  });
});

describe("calls in the tunnel", () => {
  it("is taken for gRPC, client and bidi streams, repeated keys and names that fetch may not set", () => {
    const slots = createStreamSlots();
    const entry = (name: string) => ({ name, value: "1", enabled: true });
    expect(carrierOf({ ...draft, protocol: "grpc" }, "unary", slots).kind).toBe("tunnel");
    expect(carrierOf(draft, "bidi", slots).kind).toBe("tunnel");
    expect(carrierOf(draft, "client-stream", slots).kind).toBe("tunnel");
    expect(carrierOf({ ...draft, metadata: [entry("a"), entry("A")] }, "unary", slots)).toEqual({
      kind: "tunnel",
      reason: "a is there twice, and fetch would join the two",
    });
    expect(carrierOf({ ...draft, metadata: [entry("user-agent")] }, "unary", slots).kind).toBe("tunnel");
    expect(carrierOf({ ...draft, metadata: [entry("a"), { ...entry("a"), enabled: false }] }, "unary", slots).kind).toBe("fetch");
  });

  it("sends messages one by one, half-closes, gives credit for what it took, and ends", async () => {
    const { session, calls } = call("", {}, { kind: "bidi", first: undefined });
    const { options, listener, did } = calls[0]!;
    expect(options).toMatchObject({ path: "/pb.Greeter/SayHello", codec: "proto" });
    expect(options.metadata[0]).toEqual(["rpcdeck-call", session.id]);
    expect(did).toEqual([]);
    session.send(new Uint8Array([1]));
    listener.onHeaders([["rpcdeck-instance", "i"]], "");
    listener.onMessage({ compressed: false, bytes: new Uint8Array([2, 2]) });
    session.halfClose();
    session.send(new Uint8Array([3]));
    expect(did).toEqual([{ compressed: false, bytes: [1] }, { grant: 3 }, "halfClose"]);
    const open = await when(session, ({ receivedCount }) => receivedCount === 1);
    expect(open).toMatchObject({ state: { kind: "open", halfClosed: true }, instance: "i", sentCount: 1 });
    listener.onEnd({ ...outcomeOf("ok"), trailers: [["t", "1"]] });
    expect(outcomeIn(await ended(session))).toMatchObject({ code: 0, trailers: [["t", "1"]] });
  });

  it("keeps the order of compressed messages and of the end", async () => {
    const { session, calls } = call("", { encoding: "gzip" }, { kind: "bidi" });
    const { listener, did } = calls[0]!;
    session.halfClose();
    await expect.poll(() => did).toEqual([{ compressed: true, bytes: [1, 2, 3] }, "halfClose"]);
    listener.onHeaders([], "gzip");
    listener.onMessage({ compressed: true, bytes: gzipSync(Buffer.alloc(5000, 1)) });
    listener.onMessage({ compressed: false, bytes: new Uint8Array([2]) });
    listener.onEnd(outcomeOf("ok"));
    const snapshot = await ended(session);
    expect(snapshot.messages.slice(1).map(({ bytes }) => bytes[0])).toEqual([1, 2]);
  });

  it("gives no credit while paused", async () => {
    const { session, calls } = call("", {}, { kind: "bidi", first: undefined });
    const { listener, did } = calls[0]!;
    session.pause();
    listener.onMessage({ compressed: false, bytes: new Uint8Array(9) });
    expect(did).toEqual([]);
    expect(await when(session, ({ heldCount }) => heldCount === 1)).toMatchObject({ paused: true, receivedCount: 0 });
    session.resume();
    expect(did).toEqual([{ grant: 10 }]);
  });

  it("collects the trace, and says why when there is none", async () => {
    const { session, watches } = call("", {}, { kind: "bidi", first: undefined });
    watches[0]!.listener.onProblem("tunnel closed");
    expect((await when(session, ({ traceProblem }) => traceProblem !== undefined)).traceProblem).toBe("tunnel closed");
  });
});
