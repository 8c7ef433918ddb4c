import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import http2 from "node:http2";
import { answerGrpc, listen, startRawH2, type TestServer } from "@rpcdeck/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { createAddressPolicy } from "./address-policy.ts";
import { createConnections, type Connections, type ConnectionsOptions } from "./connections.ts";
import { createEndpoint } from "./endpoint.ts";
import type { ExchangeFault } from "./exchange.ts";

const servers: { close(): Promise<void> }[] = [];
const pools: Connections[] = [];

afterEach(async () => {
  for (const pool of pools.splice(0)) pool.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function started<Server extends TestServer>(server: Server): Server {
  servers.push(server);
  return server;
}

function poolOf(options: Partial<ConnectionsOptions> = {}): Connections {
  const pool = createConnections({ policy: createAddressPolicy(), ...options });
  pools.push(pool);
  return pool;
}

interface Answer {
  version?: string;
  status?: number;
  body: string;
  fault?: ExchangeFault;
}

/** One POST with a small body, to its end. */
function post(pool: Connections, address: string, version: "h2" | "any" = "h2"): Promise<Answer> {
  return new Promise((resolve) => {
    const answer: Answer = { body: "" };
    const exchange = pool.open(
      createEndpoint(address, { kind: "plaintext" }, "configured", version),
      { path: "/a.B/C", headers: [["content-type", "application/grpc"]] },
      {
        onOpen(used) {
          answer.version = used;
          exchange.end(Buffer.from("body"));
        },
        onHeaders(status) {
          answer.status = status;
        },
        onData(bytes) {
          answer.body += Buffer.from(bytes).toString("latin1");
        },
        onDrain() {},
        onEnd() {
          resolve(answer);
        },
        onFault(fault) {
          resolve({ ...answer, fault });
        },
      },
    );
  });
}

describe("connections", () => {
  it("opens several connections and waits where the peer allows two streams at once", async () => {
    let now = 0;
    let most = 0;
    const server = started(
      await startRawH2(
        (stream) => {
          most = Math.max(most, ++now);
          setImmediate(() => {
            now--;
            answerGrpc(stream, []);
          });
        },
        { maxConcurrentStreams: 2 },
      ),
    );
    const pool = poolOf();
    const answers = await Promise.all(Array.from({ length: 1000 }, () => post(pool, server.address)));
    expect(answers.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(most).toBeGreaterThan(2);
    expect(server.sessions).toHaveLength(8);
  });

  it("uses one connection for calls one after the other", async () => {
    const server = started(await startRawH2((stream) => answerGrpc(stream, [])));
    const pool = poolOf();
    for (let call = 0; call < 20; call++) expect((await post(pool, server.address)).status).toBe(200);
    expect(server.sessions).toHaveLength(1);
  });

  it("loses no call over 100 GOAWAYs", async () => {
    const counts = new Map<unknown, number>();
    const server = started(
      await startRawH2((stream, _headers, session) => {
        const count = (counts.get(session) ?? 0) + 1;
        counts.set(session, count);
        if (count === 5) session.goaway(0);
        answerGrpc(stream, []);
      }),
    );
    const pool = poolOf();
    const answers: Answer[] = [];
    for (let round = 0; round < 100; round++) {
      answers.push(...(await Promise.all(Array.from({ length: 10 }, () => post(pool, server.address)))));
    }
    // A call that raced with the GOAWAY is told to be repeatable; nothing else may go wrong.
    expect(answers.filter(({ fault }) => fault !== undefined && fault.refused === undefined)).toEqual([]);
    expect(server.sessions.length).toBeGreaterThanOrEqual(100);
  });

  it("says that a refused stream was not seen", async () => {
    const server = started(await startRawH2((stream) => stream.close(http2.constants.NGHTTP2_REFUSED_STREAM)));
    const { fault } = await post(poolOf(), server.address);
    expect(fault).toMatchObject({ unseen: true, refused: "stream", resetCode: 7 });
  });

  it("names address and cause when nobody listens", async () => {
    const gone = await startRawH2(() => {});
    await gone.close();
    const { fault } = await post(poolOf(), gone.address);
    expect(fault?.error.message).toBe(`${gone.address}: connection refused`);
    expect(fault).toMatchObject({ unseen: true, refused: undefined, error: { code: "target_unreachable" } });
  });

  it("takes a server that was silent for HTTP/1.1 only until a call to it has ended", async () => {
    const h2 = http2.createServer();
    h2.on("stream", (stream) => answerGrpc(stream, []));
    let isSilent = true;
    const server = started(await listen(net.createServer((socket) => void (isSilent || h2.emit("connection", socket)))));
    const pool = poolOf({ timers: { connectMs: 200 } });
    const endpoint = createEndpoint(server.address, { kind: "plaintext" }, "configured", "any");
    const used = await new Promise<string>((resolve) => {
      const exchange = pool.open(
        endpoint,
        { path: "/a.B/C", headers: [] },
        {
          onOpen(version) {
            exchange.end();
            exchange.cancel(); // as at a deadline
            resolve(version);
          },
          onHeaders() {},
          onData() {},
          onDrain() {},
          onEnd() {},
          onFault() {},
        },
      );
    });
    expect(used).toBe("http/1.1");
    isSilent = false;
    expect(await post(pool, server.address, "any")).toMatchObject({ version: "h2", status: 200 });
  });

  it("gives up a server that accepts and says nothing", async () => {
    const silent = started(await listen(net.createServer(() => {})));
    const { fault } = await post(poolOf({ timers: { connectMs: 200 } }), silent.address);
    expect(fault?.error.message).toMatch(/SETTINGS/);
  });

  it("reports a server that dies in the middle and dials again for the next call", async () => {
    let calls = 0;
    const server = started(
      await startRawH2((stream, _headers, session) => {
        if (++calls === 1) session.socket.destroy();
        else answerGrpc(stream, []);
      }),
    );
    const pool = poolOf();
    const first = await post(pool, server.address);
    expect(first.fault).toMatchObject({ unseen: false, refused: undefined });
    expect(first.fault?.error.message).toContain(server.address);
    expect((await post(pool, server.address)).status).toBe(200);
  });

  it("refuses 500 response header fields at once", async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x-${index}`, "value"]));
    const server = started(
      await startRawH2((stream) => {
        stream.respond({ ":status": 200, ...many });
        stream.end();
      }),
    );
    const { fault } = await post(poolOf(), server.address);
    expect(fault?.error).toMatchObject({
      code: "backend_malformed",
      message: expect.stringMatching(/header fields, more than the limit of 128/),
    });
  });

  it("finds a dead connection by one unanswered PING, and only while a stream is open", async () => {
    const target = started(await startRawH2(() => {}));
    const pairs: net.Socket[] = [];
    let isBlackhole = false;
    const proxy = started(
      await listen(
        net.createServer((socket) => {
          const upstream = net.connect(target.port, "127.0.0.1");
          pairs.push(socket, upstream);
          for (const one of [socket, upstream]) one.on("error", () => {});
          socket.on("data", (chunk) => !isBlackhole && upstream.write(chunk));
          upstream.on("data", (chunk) => !isBlackhole && socket.write(chunk));
          socket.on("close", () => upstream.destroy());
        }),
      ),
    );
    const pool = poolOf({ timers: { keepaliveSilenceMs: 100, keepaliveTimeoutMs: 100 } });
    const call = post(pool, proxy.address);
    await expect.poll(() => target.streams()).toBe(1);
    isBlackhole = true;
    const { fault } = await call;
    expect(fault?.error.message).toMatch(/no answer to a keepalive PING within 100 ms/);
  });

  it("sends one PING in a long silence", async () => {
    let pings = 0;
    const server = started(
      await startRawH2((_stream, _headers, session) => {
        session.on("ping", () => pings++);
      }),
    );
    const pool = poolOf({ timers: { keepaliveSilenceMs: 40, keepaliveTimeoutMs: 40 } });
    void post(pool, server.address);
    await expect.poll(() => pings).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 400)); // ten times the silence: time itself is what is tested
    expect(pings).toBe(1);
  });

  it("closes idle connections", async () => {
    const server = started(await startRawH2((stream) => answerGrpc(stream, [])));
    const pool = poolOf({ timers: { idleCloseMs: 50 } });
    await post(pool, server.address);
    expect(pool.counts().connections).toBe(1);
    await expect.poll(() => server.sockets.size).toBe(0);
    expect(pool.counts().connections).toBe(0);
  });

  it("answers too_busy when the queue is full", async () => {
    const server = started(await startRawH2(() => {}));
    const pool = poolOf({ limits: { maxRunning: 2, maxWaiting: 3 } });
    const calls = Array.from({ length: 6 }, () => post(pool, server.address));
    const first = await Promise.race(calls);
    expect(first.fault?.error).toMatchObject({ code: "too_busy", message: expect.stringContaining("limit is 3 waiting") });
    pool.close();
    const rest = await Promise.all(calls);
    expect(rest.filter(({ fault }) => fault?.error.code === "too_busy")).toHaveLength(3);
  });

  it("falls back to HTTP/1.1 once and remembers it", async () => {
    let connections = 0;
    const h1 = http.createServer((request, response) => {
      request.resume();
      request.on("end", () => response.end("one"));
    });
    h1.on("connection", () => connections++);
    const server = started(await listen(h1));
    const pool = poolOf();
    for (let call = 0; call < 3; call++)
      expect(await post(pool, server.address, "any")).toMatchObject({ version: "http/1.1", body: "one" });
    expect(connections).toBe(2);
  });

  it("counts connections of HTTP/1.1, and what waits for one", async () => {
    const answers: (() => void)[] = [];
    const h1 = http.createServer((request, response) => {
      request.resume();
      request.on("end", () => answers.push(() => response.end("one")));
    });
    const server = started(await listen(h1));
    const pool = poolOf({ limits: { maxHttp1Connections: 2 } });
    const posts = [1, 2, 3].map(() => post(pool, server.address, "any"));
    await expect.poll(() => answers.length).toBe(2);
    expect(pool.counts()).toMatchObject({ running: 2, waiting: 1, http1Connections: 2, connections: 0 });
    for (const answer of answers.splice(0)) answer();
    await expect.poll(() => answers.length).toBe(1);
    expect(pool.counts()).toMatchObject({ running: 1, waiting: 0 });
    answers[0]?.();
    await Promise.all(posts);
    expect(pool.counts().running).toBe(0);
    pool.close();
    await expect.poll(() => pool.counts().http1Connections).toBe(0);
  });

  it("gives a reader that paused all of an answer, though its HTTP/1.1 connection has ended", async () => {
    const h1 = http.createServer((request, response) => {
      request.resume();
      request.on("end", () => response.writeHead(200, { connection: "close" }).end(Buffer.alloc(20_000)));
    });
    const server = started(await listen(h1));
    const sizes: number[] = [];
    const end = await new Promise<string>((resolve) => {
      const exchange = poolOf().open(
        createEndpoint(server.address, { kind: "plaintext" }, "configured", "any"),
        { path: "/a.B/C", headers: [] },
        {
          onOpen: () => exchange.end(),
          onHeaders() {
            exchange.pause();
            void expect
              .poll(() => server.sockets.size)
              .toBe(0)
              .then(() => exchange.resume(), resolve);
          },
          onData: (bytes) => sizes.push(bytes.length),
          onDrain() {},
          onEnd: () => resolve("all of it"),
          onFault: ({ error }) => resolve(error.message),
        },
      );
    });
    expect(end).toBe("all of it");
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20_000);
  });

  it("says that an HTTP/1.1 server does not speak HTTP/2 where that is needed", async () => {
    const server = started(await listen(http.createServer((_request, response) => response.end("x"))));
    const { fault } = await post(poolOf(), server.address);
    expect(fault?.error).toMatchObject({ code: "target_protocol", message: `${server.address}: does not speak HTTP/2` });
  });

  it("calls over a unix socket", async () => {
    const path = join(tmpdir(), `rpcdeck-test-${process.pid}-${Date.now()}.sock`);
    const server = http2.createServer();
    server.on("stream", (stream) => answerGrpc(stream, []));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const pool = poolOf();
    expect((await post(pool, `unix:${path}`)).status).toBe(200);
    pool.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it("leaves no socket after close", async () => {
    const server = started(await startRawH2(() => {}));
    const pool = poolOf();
    const call = post(pool, server.address);
    await expect.poll(() => server.streams()).toBe(1);
    pool.close();
    expect((await call).fault).toBeDefined();
    await expect.poll(() => server.sockets.size).toBe(0);
    expect((await post(pool, server.address)).fault?.error.code).toBe("shutting_down");
  });
});
