import type { ServerHttp2Stream } from "node:http2";
import net from "node:net";
import { answerGrpc, listen, startRawH2, type TestServer } from "@rpcdeck/testkit";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import type { Exchange, ExchangeFault } from "../exchange.ts";
import { ClientConnection } from "./client-connection.ts";
import { streamWindowBytes } from "./client-stream.ts";

const servers: TestServer[] = [];
const sockets: net.Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

interface Opened {
  readonly client: ClientConnection;
  readonly closed: Promise<void>;
  /** Resolves with the first SETTINGS, or with the end. */
  readonly ready: Promise<void>;
  readonly post: (body?: Uint8Array) => Answer;
}

interface Answer {
  readonly exchange: Exchange;
  readonly ended: Promise<{ readonly fault: ExchangeFault | undefined; readonly bytes: number }>;
  bytes: number;
}

async function open(port: number): Promise<Opened> {
  const socket = net.connect(port, "127.0.0.1");
  sockets.push(socket);
  await new Promise((resolve) => socket.once("connect", resolve));
  const closed = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const client = new ClientConnection(socket, {
    onSettings: ready.resolve,
    onGoaway() {},
    onClosed() {
      ready.resolve();
      closed.resolve();
    },
  });
  const context = { connection: client, address: "here", scheme: "http", authority: "a", onOpened() {}, onClosed() {} } as const;
  return {
    client,
    closed: closed.promise,
    ready: ready.promise,
    post: (body) => {
      const { promise: ended, resolve } = Promise.withResolvers<{ readonly fault: ExchangeFault | undefined; readonly bytes: number }>();
      const head = [
        [":method", "POST"],
        [":scheme", "http"],
        [":path", "/a.B/C"],
        [":authority", "a"],
      ] as const;
      const answer = { bytes: 0, ended } as { -readonly [Key in keyof Answer]: Answer[Key] };
      answer.exchange = client.open(head, context, {
        onOpen: () => answer.exchange.end(body),
        onHeaders() {},
        onData(bytes) {
          answer.bytes += bytes.length;
        },
        onDrain() {},
        onEnd: () => resolve({ fault: undefined, bytes: answer.bytes }),
        onFault: (fault) => resolve({ fault, bytes: answer.bytes }),
      });
      return answer;
    },
  };
}

/** A server that sends `bytes` to whoever connects, and reads what comes. */
async function sending(...bytes: readonly Uint8Array[]): Promise<TestServer> {
  const server = await listen(
    net.createServer((socket) => {
      socket.on("error", () => {});
      socket.resume();
      for (const one of bytes) socket.write(one);
    }),
  );
  servers.push(server);
  return server;
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const settings = frame(4, 0, 0);
const repeated = (count: number, one: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => one));

describe("ClientConnection", () => {
  it("sends 5 MB through small windows and small frames, and reads 5 MB back", async () => {
    const server = await startRawH2(
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.pipe(stream);
      },
      { initialWindowSize: 1000 },
    );
    servers.push(server);
    const { ready, post } = await open(server.port);
    await ready;
    const body = Buffer.alloc(5_000_000, "0123456789");
    expect(await post(body).ended).toEqual({ fault: undefined, bytes: body.length });
  });

  it("holds a backend back while paused, at one window, and loses nothing", async () => {
    let written = 0;
    const size = 4 * streamWindowBytes;
    const server = await startRawH2((stream) => {
      stream.respond({ ":status": 200 });
      const more = (): void => {
        while (written < size && stream.write(Buffer.alloc(16_384))) written += 16_384;
        if (written >= size) stream.end();
        else written += 16_384;
      };
      stream.on("drain", more);
      more();
    });
    servers.push(server);
    const { ready, post } = await open(server.port);
    await ready;
    const answer = post();
    answer.exchange.pause();
    let before = -1;
    await expect.poll(() => before === (before = written), { interval: 100 }).toBe(true);
    expect(answer.bytes).toBe(0);
    expect(written).toBeLessThan(size);
    answer.exchange.resume();
    const { fault, bytes } = await answer.ended;
    expect(fault).toBeUndefined();
    expect(bytes).toBeGreaterThanOrEqual(size);
  });

  it("runs 500 streams at once, one of which stays open while numbers come round", async () => {
    const held: ServerHttp2Stream[] = [];
    const server = await startRawH2((stream) => void (held.length === 0 ? held.push(stream) : answerGrpc(stream, [])));
    servers.push(server);
    const { ready, post } = await open(server.port);
    await ready;
    const first = post();
    for (let round = 0; round < 3; round++) {
      const all = await Promise.all(Array.from({ length: 500 }, () => post(Buffer.from("x")).ended));
      expect(all.filter(({ fault }) => fault !== undefined)).toEqual([]);
    }
    answerGrpc(held[0] as ServerHttp2Stream, []);
    expect((await first.ended).fault).toBeUndefined();
  });

  it("ends only the streams above the last one of a GOAWAY, whatever its code, and tells that they were not seen", async () => {
    const server = await listen(
      net.createServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => {
          socket.write(settings);
          setTimeout(() => {
            const payload = Buffer.concat([Buffer.from([0, 0, 0, 1, 0, 0, 0, 11]), Buffer.from("too_many_pings")]);
            socket.write(frame(7, 0, 0, payload));
            socket.write(frame(1, 5, 1, Buffer.from([0x88]))); // :status 200 and the end, for the first
          }, 50);
        });
      }),
    );
    servers.push(server);
    const { ready, post } = await open(server.port);
    await ready;
    const [first, second] = [post(), post()];
    expect((await first.ended).fault).toBeUndefined();
    const { fault } = await second.ended;
    expect(fault).toMatchObject({ unseen: true, refused: "connection" });
    expect(fault?.error.message).toBe("here: the server said GOAWAY with ENHANCE_YOUR_CALM (too_many_pings)");
  });

  it.each([
    ["no HTTP/2", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), /protocol error/],
    ["no SETTINGS first", frame(6, 0, 0, Buffer.alloc(8)), /first frame is not SETTINGS/],
    ["a frame of 16 MB", Buffer.concat([settings, Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1])]), /frame of 16777215 bytes/],
    ["a pushed answer", Buffer.concat([settings, frame(5, 4, 1, Buffer.alloc(4))]), /pushed answer/],
    ["a frame of a stream that was not opened", Buffer.concat([settings, frame(0, 0, 99, Buffer.alloc(1))]), /stream 99/],
    ["an interrupted header block", Buffer.concat([settings, frame(1, 0, 1), frame(6, 0, 0, Buffer.alloc(8))]), /interrupted/],
    ["header compression that breaks", Buffer.concat([settings, frame(1, 4, 1, Buffer.from([0xff, 0xff, 0x7f]))]), /compression broke/],
    ["a window of more than 2 GiB", Buffer.concat([settings, frame(8, 0, 0, Buffer.from([127, 255, 255, 255]))]), /2 GiB/],
    ["WINDOW_UPDATE of 0", Buffer.concat([settings, frame(8, 0, 0, Buffer.alloc(4))]), /WINDOW_UPDATE of 0/],
    ["a PING of 7 bytes", Buffer.concat([settings, frame(6, 0, 0, Buffer.alloc(7))]), /PING of 7 bytes/],
    ["padding longer than its frame", Buffer.concat([settings, frame(1, 12, 1, Buffer.from([9, 1]))]), /padding/],
    ["a flood of SETTINGS", Buffer.concat([settings, repeated(5000, settings)]), /flood/],
    ["a flood of PING", Buffer.concat([settings, repeated(5000, frame(6, 0, 0, Buffer.alloc(8)))]), /flood/],
    ["a flood of PRIORITY", Buffer.concat([settings, repeated(5000, frame(2, 0, 1, Buffer.alloc(5)))]), /flood/],
    ["a flood of empty CONTINUATION", Buffer.concat([settings, frame(1, 0, 1), repeated(5000, frame(9, 0, 1))]), /flood/],
    [
      "a header block of 1 MB",
      Buffer.concat([settings, frame(1, 0, 1), repeated(100, frame(9, 0, 1, Buffer.alloc(16_000, 0x82)))]),
      /header block of more than/,
    ],
  ])("ends the connection for %s, and tells its streams", async (_what, bytes, why) => {
    const server = await listen(
      net.createServer((socket) => {
        socket.on("error", () => {});
        // after the request's headers are there, so that stream 1 exists
        socket.once("data", () => setTimeout(() => socket.write(bytes), 20));
      }),
    );
    servers.push(server);
    const { client, closed, post } = await open(server.port);
    const { fault } = await post().ended;
    await closed;
    expect(client.broken).toMatch(why);
    expect(fault?.error.message).toMatch(why);
    expect(fault?.unseen).toBe(false);
  });

  it("never throws and always tells the end, whatever a server sends", async () => {
    const pieces = fc.oneof(
      fc
        .tuple(
          fc.integer({ min: 0, max: 11 }),
          fc.integer({ min: 0, max: 255 }),
          fc.constantFrom(0, 1, 2, 3),
          fc.uint8Array({ maxLength: 40 }),
        )
        .map(([type, flags, stream, payload]) => frame(type, flags, stream, payload)),
      fc.uint8Array({ maxLength: 30 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 12 }), async (all) => {
        const server = await listen(
          net.createServer((socket) => {
            socket.on("error", () => {});
            socket.once("data", () => socket.end(Buffer.concat([settings, ...all])));
          }),
        );
        const { closed, ready, post } = await open(server.port);
        const answer = post(Buffer.from("body"));
        await ready;
        await closed;
        await answer.ended;
        await server.close();
      }),
      { numRuns: 200 },
    );
  });

  it("stops answering a server that asks and does not read", async () => {
    const server = await listen(
      net.createServer((socket) => {
        socket.on("error", () => {});
        socket.write(settings);
        const ask = (): void => {
          if (!socket.destroyed && socket.write(repeated(100, frame(6, 0, 0, Buffer.alloc(8))))) setImmediate(ask);
          else socket.once("drain", ask);
        };
        ask();
      }),
    );
    servers.push(server);
    const { client, closed } = await open(server.port);
    await closed;
    expect(client.broken).toMatch(/flood|without reading/);
  });

  it("tells an open stream that the server closed the connection", async () => {
    const server = await sending(settings);
    const { ready, post } = await open(server.port);
    await ready;
    const answer = post();
    await expect.poll(() => server.sockets.size).toBe(1);
    for (const socket of server.sockets) socket.end();
    expect((await answer.ended).fault?.error.message).toBe("here: connection closed by the server");
  });
});
