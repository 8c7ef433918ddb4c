import { readTunnelMessage, tunnelTypes, writeTunnelMessage, type TunnelMessage } from "@rpcdeck/frames";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Direction, Leg, TraceEvent_Kind } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import {
  TunnelCreditSchema,
  TunnelEndSchema,
  TunnelHeadersSchema,
  TunnelStartSchema,
  TunnelTraceSchema,
  TunnelWatchSchema,
} from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer, type WebSocket as ServerSocket } from "ws";
import { CatalogService } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { createTunnelClient, type TunnelClient } from "./tunnel-client.ts";
import { openFeed } from "./tunnel-feed.ts";

/** A gateway's end of the tunnel: keeps what comes, says what it is told to. */
async function startServer() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: (offered) => [...offered][0] ?? false });
  await new Promise((resolve) => server.once("listening", resolve));
  const taken: TunnelMessage[] = [];
  const waiters: { matches: (message: TunnelMessage) => boolean; resolve: (message: TunnelMessage) => void }[] = [];
  const protocols: string[] = [];
  let socket: ServerSocket | undefined;
  server.on("connection", (next, request) => {
    socket = next;
    protocols.push(request.headers["sec-websocket-protocol"] ?? "");
    next.on("message", (data: Buffer) => {
      const message = readTunnelMessage(new Uint8Array(data));
      if (message === undefined) throw new Error("not a tunnel message");
      taken.push(message);
      for (const waiter of waiters.filter(({ matches }) => matches(message))) {
        waiters.splice(waiters.indexOf(waiter), 1);
        waiter.resolve(message);
      }
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/-/tunnel`,
    taken,
    protocols,
    say: (call: number, type: number, payload: Uint8Array, flags?: number) => socket?.send(writeTunnelMessage(call, type, payload, flags)),
    raw: (bytes: Uint8Array) => socket?.send(bytes),
    dropSocket: () => socket?.terminate(),
    next: (type: number) =>
      new Promise<TunnelMessage>((resolve) => {
        const known = taken.find((message) => message.type === type);
        if (known) resolve(known);
        else waiters.push({ matches: (message) => message.type === type, resolve });
      }),
    close: async () => {
      socket?.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function setUp(token?: string) {
  const server = await startServer();
  closers.push(server.close);
  const client = createTunnelClient({ url: server.url, token: () => token });
  closers.push(() => client.close());
  return { server, client };
}

/** Opens a call and notes what it reports. */
function openCall(client: TunnelClient, path = "/a.B/C") {
  const said: unknown[] = [];
  let ended: (value: unknown) => void = () => {};
  const end = new Promise((resolve) => (ended = resolve));
  const call = client.openCall(
    {
      path,
      metadata: [
        ["x-a", "1"],
        ["x-a", "2"],
      ],
      timeoutMs: 1500.9,
      codec: "proto",
      encoding: "",
      acceptEncodings: ["gzip"],
    },
    {
      onHeaders: (headers, encoding) => said.push({ headers, encoding }),
      onMessage: ({ compressed, bytes }) => said.push({ compressed, bytes: [...bytes] }),
      onEnd(outcome) {
        said.push({ code: outcome.code, message: outcome.message, trailers: outcome.trailers });
        ended(outcome);
      },
    },
  );
  return { call, said, end };
}

describe("tunnel client", () => {
  it("starts a call, carries messages both ways and reports its end", async () => {
    const { server, client } = await setUp();
    const { call, said, end } = openCall(client);
    call.send({ compressed: false, bytes: new Uint8Array([1, 2]) });
    call.halfClose();
    call.send({ compressed: false, bytes: new Uint8Array([3]) });
    await server.next(tunnelTypes.halfClose);
    expect(server.taken.map(({ call: id, type }) => [id, type])).toEqual([
      [1, tunnelTypes.start],
      [1, tunnelTypes.message],
      [1, tunnelTypes.halfClose],
    ]);
    const start = fromBinary(TunnelStartSchema, server.taken[0]!.payload);
    expect(start).toMatchObject({ path: "/a.B/C", timeoutMs: 1500, codec: "proto", acceptEncodings: ["gzip"] });
    expect(start.metadata.map(({ name, value }) => [name, value])).toEqual([
      ["x-a", "1"],
      ["x-a", "2"],
    ]);
    expect([...server.taken[1]!.payload]).toEqual([0, 1, 2]);
    server.say(
      1,
      tunnelTypes.headersDown,
      toBinary(TunnelHeadersSchema, create(TunnelHeadersSchema, { headers: [{ name: "h", value: "v" }], encoding: "gzip" })),
    );
    server.say(1, tunnelTypes.messageDown, new Uint8Array([9]), 1);
    server.say(
      1,
      tunnelTypes.endDown,
      toBinary(TunnelEndSchema, create(TunnelEndSchema, { code: 5, message: "gone", trailers: [{ name: "t", value: "1" }] })),
    );
    await end;
    expect(said).toEqual([
      { headers: [["h", "v"]], encoding: "gzip" },
      { compressed: true, bytes: [9] },
      { code: 5, message: "gone", trailers: [["t", "1"]] },
    ]);
  });

  it("offers the token as a second subprotocol", async () => {
    const { server, client } = await setUp("säcret");
    openCall(client);
    await server.next(tunnelTypes.start);
    expect(server.protocols).toEqual([`rpcdeck.tunnel.v1, rpcdeck-token.${Buffer.from("säcret").toString("base64url")}`]);
  });

  it("keeps messages beyond the credit until the gateway gives more, and half-closes behind them", async () => {
    const { server, client } = await setUp();
    const { call } = openCall(client);
    const big = new Uint8Array(700 * 1024);
    for (let n = 0; n < 3; n++) call.send({ compressed: false, bytes: big });
    call.halfClose();
    // The second message overdraws, so the third one waits.
    await expect.poll(() => server.taken.filter(({ type }) => type === tunnelTypes.message).length).toBe(2);
    expect(call.waitingBytes).toBe(big.length);
    expect(server.taken.some(({ type }) => type === tunnelTypes.halfClose)).toBe(false);
    server.say(1, tunnelTypes.creditDown, toBinary(TunnelCreditSchema, create(TunnelCreditSchema, { bytes: BigInt(700 * 1024) })));
    await server.next(tunnelTypes.halfClose);
    expect(server.taken.filter(({ type }) => type === tunnelTypes.message)).toHaveLength(3);
    expect(call.waitingBytes).toBe(0);
  });

  it("gives credit back in pieces for what was dealt with", async () => {
    const { server, client } = await setUp();
    const { call } = openCall(client);
    call.grant(100);
    call.grant(256 * 1024);
    const credit = await server.next(tunnelTypes.credit);
    expect(fromBinary(TunnelCreditSchema, credit.payload).bytes).toBe(BigInt(256 * 1024 + 100));
    expect(server.taken.filter(({ type }) => type === tunnelTypes.credit)).toHaveLength(1);
  });

  it("cancels a call and reports nothing after it", async () => {
    const { server, client } = await setUp();
    const { call, said } = openCall(client);
    const other = openCall(client);
    call.cancel();
    await server.next(tunnelTypes.cancel);
    server.say(1, tunnelTypes.endDown, toBinary(TunnelEndSchema, create(TunnelEndSchema, { code: 1 })));
    server.say(2, tunnelTypes.endDown, toBinary(TunnelEndSchema, create(TunnelEndSchema, { code: 0 })));
    await other.end;
    expect(said).toEqual([]);
  });

  it("hands trace events to the watcher of their call until they are done", async () => {
    const { server, client } = await setUp();
    const seen: unknown[] = [];
    client.watch("ab", { onEvents: (events, done) => seen.push(events.length, done), onProblem: (problem) => seen.push(problem) });
    const watch = await server.next(tunnelTypes.watch);
    expect(watch.call).toBe(0);
    expect(fromBinary(TunnelWatchSchema, watch.payload).call).toBe("ab");
    const event = { leg: Leg.INBOUND, direction: Direction.REQUEST, kind: TraceEvent_Kind.END };
    server.say(0, tunnelTypes.traceDown, toBinary(TunnelTraceSchema, create(TunnelTraceSchema, { call: "other", events: [event] })));
    server.say(
      0,
      tunnelTypes.traceDown,
      toBinary(TunnelTraceSchema, create(TunnelTraceSchema, { call: "ab", events: [event], done: true })),
    );
    await expect.poll(() => seen).toEqual([1, true]);
  });

  it("ends calls and watches when the socket breaks, and opens a new one by itself", async () => {
    const { server, client } = await setUp();
    const { end } = openCall(client);
    const problems: string[] = [];
    client.watch("ab", { onEvents: () => {}, onProblem: (problem) => problems.push(problem) });
    await server.next(tunnelTypes.watch);
    expect(client.state().kind).toBe("open");
    server.dropSocket();
    expect(await end).toMatchObject({ code: 14, message: "tunnel closed" });
    expect(problems).toEqual(["tunnel closed"]);
    expect(client.state()).toMatchObject({ kind: "waiting", problem: "tunnel closed" });
    await expect.poll(() => client.state().kind, { timeout: 5000 }).toBe("open");
    expect(server.protocols).toHaveLength(2);
  });

  it("ends a call UNAVAILABLE when the gateway is away, and tries at once for the next call", async () => {
    const gone = await startServer();
    await gone.close();
    const client = createTunnelClient({ url: gone.url, token: () => undefined });
    closers.push(() => client.close());
    expect(await openCall(client).end).toMatchObject({ code: 14, message: "the tunnel to the gateway could not be opened" });
    expect(client.state().kind).toBe("waiting");
    const second = openCall(client);
    expect(client.state().kind).toBe("connecting");
    expect(await second.end).toMatchObject({ code: 14 });
  });

  it("closes on a message it cannot read", async () => {
    const { server, client } = await setUp();
    const { end } = openCall(client);
    await server.next(tunnelTypes.start);
    server.say(1, tunnelTypes.endDown, new Uint8Array([0xff, 0xff]));
    expect(await end).toMatchObject({ code: 14, message: "the gateway's tunnel sent a message that cannot be read" });
  });

  it("carries a live feed of our own API", async () => {
    const { server, client } = await setUp();
    const sources: string[] = [];
    const stop = openFeed(
      client,
      CatalogService.method.watchCatalog,
      {},
      {
        onMessage: (message) => sources.push(message.catalog?.sources[0]?.name ?? ""),
        onEnd: (outcome) => sources.push(`end ${outcome.code}`),
      },
    );
    await server.next(tunnelTypes.halfClose);
    expect(fromBinary(TunnelStartSchema, server.taken[0]!.payload).path).toBe("/rpcdeck.v1.CatalogService/WatchCatalog");
    const answer = create(CatalogService.method.watchCatalog.output, { catalog: { sources: [{ name: "embedded" }] } });
    server.say(1, tunnelTypes.messageDown, toBinary(CatalogService.method.watchCatalog.output, answer), 0);
    await expect.poll(() => sources).toEqual(["embedded"]);
    stop();
    await server.next(tunnelTypes.cancel);
    expect(sources).toEqual(["embedded"]);
  });
});
