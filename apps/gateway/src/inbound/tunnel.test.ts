import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  outcomeOf,
  writeEnvelope,
  type Outcome,
  readTunnelMessage,
  tunnelTypes,
  writeTunnelMessage,
  type TunnelMessage,
} from "@rpcdeck/frames";
import {
  Direction,
  Leg,
  TraceEvent_Kind,
  TunnelCreditSchema,
  TunnelEndSchema,
  TunnelHeadersSchema,
  TunnelStartSchema,
  TunnelTraceSchema,
  TunnelWatchSchema,
  type TraceEvent,
} from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Call } from "../call/call.ts";
import { echo, startInbound, watchCall } from "./test-inbound.ts";

const path = "/rpcdeck.demo.v1.Chat/Converse";
const creditBytes = 1024 * 1024;

/** A tunnel's client end: messages wait until they are asked for. */
class Page implements Disposable {
  readonly socket: WebSocket;
  readonly #messages: TunnelMessage[] = [];
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      this.#messages.push(readTunnelMessage(data) ?? expect.unreachable());
      this.#wake();
    });
    socket.on("close", () => {
      this.#wake();
    });
  }

  send(call: number, type: number, payload: Uint8Array = new Uint8Array(), flags?: number): void {
    this.socket.send(writeTunnelMessage(call, type, payload, flags));
  }

  start(
    call: number,
    init: { path?: string; metadata?: { name: string; value: string }[]; encoding?: string; timeoutMs?: number } = {},
  ): void {
    const start = create(TunnelStartSchema, { path, codec: "proto", acceptEncodings: ["gzip"], ...init });
    this.send(call, tunnelTypes.start, toBinary(TunnelStartSchema, start));
  }

  credit(call: number, bytes: number): void {
    this.send(call, tunnelTypes.credit, toBinary(TunnelCreditSchema, create(TunnelCreditSchema, { bytes: BigInt(bytes) })));
  }

  async next(type?: number): Promise<TunnelMessage> {
    for (;;) {
      const at = type === undefined ? 0 : this.#messages.findIndex((message) => message.type === type);
      const message = at === -1 ? undefined : this.#messages.splice(at, 1)[0];
      if (message !== undefined) return message;
      if (this.socket.readyState !== WebSocket.OPEN) throw new Error("the tunnel closed");
      await new Promise<void>((done) => (this.#wake = done));
    }
  }

  /** A round trip: everything the server sent before is here. */
  async settle(): Promise<readonly TunnelMessage[]> {
    const pong = new Promise((done) => this.socket.once("pong", done));
    this.socket.ping();
    await pong;
    return this.#messages;
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }
}

async function openPage(port: number, options: { protocols?: string[]; headers?: Record<string, string> } = {}): Promise<Page> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/-/tunnel`, options.protocols ?? ["rpcdeck.tunnel.v1"], {
    headers: options.headers ?? {},
  });
  const page = new Page(socket);
  await new Promise((done, failed) => {
    socket.once("open", done);
    socket.once("error", failed);
  });
  return page;
}

function endOf(message: TunnelMessage) {
  return fromBinary(TunnelEndSchema, message.payload);
}

describe("tunnel", () => {
  it("carries several calls at once with headers, messages, trailers and errors", async () => {
    await using server = await startInbound((call) => {
      if (call.method === "Fail")
        call.end({ ...outcomeOf("not_found", "no"), details: [{ typeUrl: "a/b.C", bytes: new Uint8Array([1]) }] });
      else echo(call);
    });
    using page = await openPage(server.port);
    page.start(1, { encoding: "gzip" });
    page.start(300, { path: "/a.B/Fail" });
    const failed = await page.next(tunnelTypes.endDown);
    expect([failed.call, endOf(failed)]).toMatchObject([300, { code: 5, message: "no", details: [{ typeUrl: "a/b.C", value: { 0: 1 } }] }]);
    const headers = await page.next(tunnelTypes.headersDown);
    expect([headers.call, fromBinary(TunnelHeadersSchema, headers.payload)]).toMatchObject([
      1,
      {
        encoding: "gzip",
        headers: [
          { name: "x-header", value: "h1" },
          { name: "x-header", value: "h2" },
          { name: "x-bin-bin", value: "AAE" },
        ],
      },
    ]);
    for (const flags of [0, 1]) {
      page.send(1, tunnelTypes.message, Buffer.from("hello"), flags);
      const echoed = await page.next(tunnelTypes.messageDown);
      expect([echoed.payload[0], Buffer.from(echoed.payload.subarray(1)).toString()]).toEqual([flags, "hello"]);
    }
    page.send(1, tunnelTypes.halfClose);
    expect(endOf(await page.next(tunnelTypes.endDown))).toMatchObject({
      code: 0,
      trailers: [{ name: "x-trailer" }, { name: "x-trailer" }],
    });
    page.start(1); // ids may be used again after the end
    expect((await page.next(tunnelTypes.headersDown)).call).toBe(1);
  });

  it("filters metadata and parses choices as over HTTP", async () => {
    const calls: Call[] = [];
    await using server = await startInbound((call) => {
      calls.push(call);
      call.end(outcomeOf("ok"));
    });
    using page = await openPage(server.port);
    const metadata = [
      ["X-A", "1"],
      ["x-a", "2"],
      ["rpcdeck-target", "t"],
      ["cookie", "c"],
    ].map(([name, value]) => ({ name: name!, value: value! }));
    page.start(1, { metadata, timeoutMs: 1000 });
    await page.next(tunnelTypes.endDown);
    expect(calls[0]!.metadata).toEqual([
      ["x-a", "1"],
      ["x-a", "2"],
    ]);
    expect(calls[0]).toMatchObject({ choices: { target: "t" }, acceptEncodings: ["gzip"], protocol: "gRPC in the tunnel" });
    expect(calls[0]!.deadlineMs! - performance.now()).toBeLessThanOrEqual(1000);
  });

  it("sends no more than the page's credit and one message, and goes on with new credit", async () => {
    const size = 100_000;
    let written = 0;
    let refused = 0;
    await using server = await startInbound((call) => {
      const pump = (): void => {
        while (written < 50) {
          written++;
          if (!call.write({ compressed: false, bytes: new Uint8Array(size) })) {
            refused++;
            return;
          }
        }
        call.end(outcomeOf("ok"));
      };
      call.onDrain = pump;
      watchCall(call);
      pump();
    });
    using page = await openPage(server.port);
    page.start(1);
    const first = await page.settle();
    expect(first).toHaveLength(Math.ceil(creditBytes / (size + 1)));
    expect([written, refused]).toEqual([first.length, 1]);
    let received = 0;
    for (;;) {
      const message = await page.next();
      if (message.type === tunnelTypes.endDown) break;
      received++;
      page.credit(1, message.payload.length);
    }
    expect(received).toBe(50);
  });

  it("gives credit back only as messages are taken, and ends a call that sends without", async () => {
    let current: Call | undefined;
    const cancelled = Promise.withResolvers<Outcome>();
    let taken = 0;
    await using server = await startInbound((call) => {
      current = call;
      void watchCall(call, () => taken++).cancelled.then(cancelled.resolve);
      call.pauseRequests();
    });
    using page = await openPage(server.port);
    page.start(1);
    const message = new Uint8Array(256 * 1024);
    for (let sent = 0; sent < creditBytes; sent += message.length + 1) page.send(1, tunnelTypes.message, message, 0);
    expect([(await page.settle()).length, taken]).toEqual([0, 0]);
    current!.resumeRequests();
    const credit = await page.next(tunnelTypes.creditDown);
    expect([Number(fromBinary(TunnelCreditSchema, credit.payload).bytes), taken]).toEqual([4 * (message.length + 1), 4]);
    current!.pauseRequests();
    for (let count = 0; count < 6; count++) page.send(1, tunnelTypes.message, message, 0);
    expect(endOf(await page.next(tunnelTypes.endDown)).message).toContain("without credit");
    expect((await cancelled.promise).code).toBe(3);
  });

  it("cancels one call on CANCEL and all at the socket's end", async () => {
    const outcomes: Promise<Outcome>[] = [];
    await using server = await startInbound((call) => void outcomes.push(watchCall(call).cancelled));
    using page = await openPage(server.port);
    for (const id of [1, 2, 3]) page.start(id);
    page.send(2, tunnelTypes.cancel);
    await page.settle();
    expect((await outcomes[1]!).message).toBe("the caller cancelled");
    page.socket.terminate();
    expect((await Promise.all(outcomes)).map(({ message }) => message)).toEqual([
      "the tunnel closed",
      "the caller cancelled",
      "the tunnel closed",
    ]);
  });

  it("refuses too many calls, messages over the limit and paths that are none, and lives on", async () => {
    await using server = await startInbound((call) => void watchCall(call), { limits: { maxTunnelCalls: 1, maxMessageBytes: 1000 } });
    using page = await openPage(server.port);
    page.start(1);
    page.start(2);
    expect(endOf(await page.next(tunnelTypes.endDown)).message).toContain("carries 1 calls, its fixed limit");
    page.send(1, tunnelTypes.message, new Uint8Array(1001), 0);
    expect(endOf(await page.next(tunnelTypes.endDown))).toMatchObject({
      code: 8,
      message: "request message of 1001 bytes is larger than the limit of 1000 bytes (--max-message)",
    });
    page.start(3, { path: "/x" });
    expect(endOf(await page.next(tunnelTypes.endDown)).code).toBe(3);
  });

  it.each([
    ["text", "hi", 1003],
    ["an unknown type", Buffer.from([1, 99]), 1002],
    ["no type", Buffer.from([1]), 1002],
    ["a broken control message", Buffer.from([1, 1, 0xff]), 1002],
    ["call id 0", Buffer.from([0, 1]), 1002],
  ] as const)("closes on %s", async (_title, data, code) => {
    await using server = await startInbound(echo);
    using page = await openPage(server.port);
    page.socket.send(data);
    expect(await new Promise((done) => page.socket.once("close", done))).toBe(code);
  });

  it("pings, and closes a tunnel that does not answer", async () => {
    const cancelled = Promise.withResolvers<Outcome>();
    await using server = await startInbound((call) => void watchCall(call).cancelled.then(cancelled.resolve), {
      limits: { tunnelPingMs: 30 },
    });
    using page = await openPage(server.port);
    page.start(1);
    await new Promise((done) => page.socket.once("ping", done));
    page.socket.pong = () => {}; // what ws answers a ping with
    (page.socket as unknown as { _autoPong: boolean })._autoPong = false;
    expect((await cancelled.promise).message).toBe("the tunnel closed");
  });

  it("checks Host, Origin, subprotocol and token before it opens", async () => {
    await using server = await startInbound(echo, { token: "s3cret" });
    const status = (protocols: string[], headers: Record<string, string> = {}): Promise<number | undefined> => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/-/tunnel`, protocols, { headers });
      socket.on("error", () => {});
      return new Promise((done) => {
        socket.once("unexpected-response", (_, response) => {
          response.resume();
          done(response.statusCode);
        });
        socket.once("open", () => {
          socket.terminate();
          done(101);
        });
      });
    };
    const own = "rpcdeck.tunnel.v1";
    const token = (text: string) => `rpcdeck-token.${Buffer.from(text).toString("base64url")}`;
    expect(await status([own, token("s3cret")])).toBe(101);
    expect(await status([own, token("s3cret")], { origin: `http://127.0.0.1:${server.port}` })).toBe(101);
    expect(await status([own, token("guess")])).toBe(401);
    expect(await status([own])).toBe(401);
    expect(await status([token("s3cret")])).toBe(404);
    expect(await status([own, token("s3cret")], { origin: "http://evil.example" })).toBe(403);
    expect(await status([own, token("s3cret")], { host: "evil.example" })).toBe(403);
  });
});

describe("traces", () => {
  const id = "0123456789abcdef0123456789abcdef";

  async function traceOf(page: Page): Promise<TraceEvent[]> {
    const events: TraceEvent[] = [];
    for (;;) {
      const trace = fromBinary(TunnelTraceSchema, (await page.next(tunnelTypes.traceDown)).payload);
      expect(trace.call).toBe(id);
      events.push(...trace.events);
      if (trace.done) return events;
    }
  }

  function watch(page: Page): void {
    page.send(0, tunnelTypes.watch, toBinary(TunnelWatchSchema, create(TunnelWatchSchema, { call: id })));
  }

  it.each(["before", "after"])("delivers the bytes of an HTTP call watched %s it", async (when) => {
    await using server = await startInbound((call) => {
      call.trace?.attempt(1, { id: "static/x", address: "127.0.0.1:1" }, "gRPC over h2c");
      call.trace?.data("outbound", "request", new Uint8Array([9]));
      echo(call);
    });
    using page = await openPage(server.port);
    if (when === "before") watch(page);
    await page.settle();
    const headers = { "content-type": "application/json", "rpcdeck-call": id, "rpcdeck-token": "hide me" };
    await fetch(`${server.url}/a.B/C`, { method: "POST", headers, body: '{"a":1}' });
    if (when === "after") watch(page);
    const events = await traceOf(page);
    const text = (leg: Leg, direction: Direction, kind: TraceEvent_Kind) =>
      events
        .filter((event) => event.leg === leg && event.direction === direction && event.kind === kind)
        .map((event) => Buffer.from(event.bytes).toString())
        .join("");
    expect(text(Leg.INBOUND, Direction.REQUEST, TraceEvent_Kind.DATA)).toBe('{"a":1}');
    expect(text(Leg.INBOUND, Direction.RESPONSE, TraceEvent_Kind.DATA)).toBe('{"a":1}');
    expect(text(Leg.INBOUND, Direction.REQUEST, TraceEvent_Kind.HEADERS)).toContain(":method: POST\r\n:path: /a.B/C\r\n");
    expect(text(Leg.INBOUND, Direction.REQUEST, TraceEvent_Kind.HEADERS)).not.toContain("hide me");
    expect(text(Leg.INBOUND, Direction.RESPONSE, TraceEvent_Kind.HEADERS)).toContain(":status: 200\r\n");
    expect(events.filter((event) => event.kind === TraceEvent_Kind.END).map((event) => event.direction)).toEqual([
      Direction.REQUEST,
      Direction.RESPONSE,
    ]);
    expect(events.find((event) => event.kind === TraceEvent_Kind.ATTEMPT)).toMatchObject({
      attempt: 1,
      instanceId: "static/x",
      protocol: "gRPC over h2c",
    });
    expect(events.map((event) => event.timeMs)).toEqual(events.map((event) => event.timeMs).toSorted((a, b) => a - b));
  });

  it("shows tunnelled calls as enveloped messages", async () => {
    await using server = await startInbound(echo);
    using page = await openPage(server.port);
    watch(page);
    page.start(1, { metadata: [{ name: "rpcdeck-call", value: id }] });
    page.send(1, tunnelTypes.message, Buffer.from("hi"), 0);
    page.send(1, tunnelTypes.halfClose);
    const events = await traceOf(page);
    const data = events.filter((event) => event.kind === TraceEvent_Kind.DATA).map((event) => Buffer.from(event.bytes).toString("hex"));
    const envelope = Buffer.from(writeEnvelope(0, Buffer.from("hi"))).toString("hex");
    expect(data).toEqual([envelope, envelope]);
  });
});

describe("tunnel messages", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.integer({ min: 0, max: 255 }),
        fc.uint8Array(),
        fc.option(fc.constantFrom(0, 1)),
        (call, type, payload, flags) => {
          const read = readTunnelMessage(writeTunnelMessage(call, type, payload, flags ?? undefined));
          expect([read?.call, read?.type, [...(read?.payload ?? [])]]).toEqual([
            call,
            type,
            [...(flags === null ? [] : [flags]), ...payload],
          ]);
        },
      ),
    );
  });

  it("are refused, never thrown at, when they are broken", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => void readTunnelMessage(bytes)));
    expect(readTunnelMessage(new Uint8Array([0x80, 0x80, 0x80, 0x80, 0x80, 1, 1]))).toBeUndefined();
  });
});
