import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import tls from "node:tls";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { outcomeOf } from "@rpcdeck/frames";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { expect, it } from "vitest";
import { createConnectionCap } from "./connection-cap.ts";
import { echo, startInbound, watchCall } from "./test-inbound.ts";

/** Everything a raw connection answers until it closes. */
function talk(port: number, write: (socket: net.Socket) => void): Promise<string> {
  return new Promise((done) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      write(socket);
    });
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => {
      done(answer);
    });
  });
}

function selfSigned(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "rpcdeck-cert-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      key,
      "-out",
      cert,
      ...subject,
    ],
    { stdio: "ignore" },
  );
  const pem = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  rmSync(folder, { recursive: true });
  return pem;
}

it("finds HTTP/2 in a preface that comes byte by byte", async () => {
  await using server = await startInbound(echo);
  const answer = await talk(server.port, (raw) => {
    const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let at = 0;
    const next = (): void => {
      if (at < preface.length) raw.write(preface.subarray(at, ++at), () => setImmediate(next));
      else raw.once("data", () => raw.destroy());
    };
    next();
  });
  expect(answer.charCodeAt(3)).toBe(4); // a SETTINGS frame
});

it("serves HTTP/1.1, HTTP/2 and plaintext on one port with a certificate", async () => {
  const pem = selfSigned();
  await using server = await startInbound(echo, { tls: pem });
  const client = createClient(Chat, createGrpcTransport({ baseUrl: server.url, nodeOptions: { ca: pem.cert } }));
  await client.echoKitchenSink({});
  const status = await new Promise((done, failed) => {
    const request = https.get(`${server.url}/-/healthz`, { ca: pem.cert, agent: false }, (response) => {
      response.resume();
      done([response.statusCode, response.httpVersion]);
    });
    request.on("error", failed);
  });
  expect(status).toEqual([200, "1.1"]);
  expect((await fetch(`http://127.0.0.1:${server.port}/-/healthz`)).status).toBe(200);
  const session = http2.connect(server.url, { ca: pem.cert });
  const stream = session.request({ ":path": "/", ":authority": "evil.example" });
  const head = await new Promise<http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader>((done) => {
    stream.once("response", (headers) => {
      done(headers);
    });
  });
  expect(head[":status"]).toBe(403); // h2 over TLS may be a browser
  session.destroy();
});

it("closes connections that say nothing, and answers headers that do not end", async () => {
  await using server = await startInbound(echo, { limits: { sniffMs: 50, headersMs: 100 } });
  expect(await talk(server.port, () => {})).toBe("");
  expect(await talk(server.port, (socket) => socket.write("PRI * HT"))).toBe("");
  const slow = await talk(server.port, (socket) => socket.write("GET / HTTP/1.1\r\nhost: localhost\r\nx-a"));
  expect(slow).toContain("408 Request Timeout");
  expect(slow).toContain("request headers were not complete within 0.1 s (--header-timeout)");
});

it("answers what is not HTTP and headers over the limit, and lives on", async () => {
  await using server = await startInbound(echo, { limits: { maxHeaderBytes: 2048 } });
  const garbage = await talk(server.port, (socket) => socket.write("\0\0\0\0garbage\r\n\r\n"));
  expect(garbage).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*the request is no HTTP\/1\.1: Invalid method encountered\n$/su);
  const large = await talk(server.port, (socket) => socket.write(`GET / HTTP/1.1\r\nhost: localhost\r\nx-a: ${"a".repeat(4000)}\r\n\r\n`));
  expect(large).toContain("431 Request Header Fields Too Large");
  expect(large).toContain("request headers are larger than the limit of 2 KiB (--max-headers)");
  expect((await fetch(`${server.url}/-/healthz`)).status).toBe(200);
});

it("tells callers with too many or too large headers which limit they passed, over HTTP/1.1 and HTTP/2, as a page and as an RPC", async () => {
  await using server = await startInbound(echo, { limits: { maxHeaderBytes: 4096 } });
  const many = Array.from({ length: 20 }, (_, at) => [`x-${at}`, "v"] as const);
  const tooMany = /request of 2\d header fields has more than the limit of 16 \(--max-headers\)/u;
  const page = await fetch(`${server.url}/-/healthz`, { headers: many.map((each) => [...each]) });
  expect([page.status, await page.text()]).toEqual([431, expect.stringMatching(tooMany)]);
  const call = await fetch(`${server.url}/a.B/C`, {
    method: "POST",
    headers: [...many.map((each): [string, string] => [...each]), ["content-type", "application/json"]],
    body: "{}",
  });
  expect(await call.json()).toEqual({ code: "resource_exhausted", message: expect.stringMatching(tooMany) });

  const session = http2.connect(server.url);
  const grpc = (headers: http2.OutgoingHttpHeaders): Promise<http2.IncomingHttpHeaders> =>
    new Promise((done, failed) => {
      const stream = session.request({
        ":method": "POST",
        ":path": "/a.B/C",
        "content-type": "application/grpc",
        te: "trailers",
        ...headers,
      });
      stream.on("error", failed).once("response", done).resume().end();
    });
  expect(await grpc(Object.fromEntries(many))).toMatchObject({ "grpc-status": "8", "grpc-message": expect.stringMatching(tooMany) });
  expect(await grpc({ "x-a": "a".repeat(5000) })).toMatchObject({
    "grpc-status": "8",
    "grpc-message": expect.stringMatching(/request headers of 5(?:\.\d)? KiB are larger than the limit of 4 KiB \(--max-headers\)/u),
  });
  // Far above the limit it is the library that resets the stream; the connection lives.
  await expect(grpc({ "x-a": "a".repeat(20_000) })).rejects.toThrow(/ENHANCE_YOUR_CALM/u);
  expect((await grpc({}))[":status"]).toBe(200);
  session.destroy();
});

it("closes an HTTP/2 connection without calls however much it pings, and leaves one with a quiet call alone", async () => {
  await using server = await startInbound((call) => void watchCall(call), { limits: { idleSessionMs: 300 } });
  const [idle, quiet] = [http2.connect(server.url), http2.connect(server.url)];
  const pings = setInterval(() => {
    if (!idle.closed) idle.ping(() => {});
  }, 20);
  const gone = Promise.withResolvers<number>();
  idle.once("goaway", gone.resolve);
  const stream = quiet.request({ ":method": "POST", ":path": "/a.B/C", "content-type": "application/grpc" });
  stream.on("error", () => {});
  const since = performance.now();
  expect(await gone.promise).toBe(0);
  clearInterval(pings);
  expect(performance.now() - since).toBeGreaterThan(200);
  // As long again, with nothing on the wire: the call is still there.
  await new Promise((done) => setTimeout(done, 400));
  expect([quiet.closed, stream.closed]).toEqual([false, false]);
  const closed = new Promise((done) => quiet.once("goaway", done));
  stream.close(http2.constants.NGHTTP2_CANCEL);
  await closed;
  quiet.destroy();
});

it("tells those beyond the limit of connections why they are sent away, in their protocol", async () => {
  await using server = await startInbound(echo, { limits: { maxConnections: 1 } });
  const held = net.connect(server.port, "127.0.0.1");
  await new Promise((resolve) => held.once("connect", resolve));
  const why = "this gateway has 1 connections, its limit (--max-connections): close some, or start it with a higher one";
  const refused = await fetch(`${server.url}/-/healthz`);
  expect([refused.status, refused.headers.get("retry-after"), await refused.text()]).toEqual([503, "1", `${why}\n`]);
  const session = http2.connect(server.url);
  session.on("error", () => {});
  const goaway = await new Promise((resolve) => session.once("goaway", (code, _last, data) => resolve([code, String(data)])));
  expect(goaway).toEqual([http2.constants.NGHTTP2_ENHANCE_YOUR_CALM, why]);
  session.destroy();
  held.destroy();
  await expect.poll(async () => (await fetch(`${server.url}/-/healthz`)).status).toBe(200);
});

it("counts connections of one address of another machine, and gives places back", () => {
  const cap = createConnectionCap({ maxConnections: 5, maxConnectionsPerAddress: 2 });
  const enter = (...addresses: string[]): string[] => addresses.map((address) => cap.enter(address) ?? "in");
  expect(enter("10.0.0.1", "10.0.0.1", "10.0.0.1")).toEqual(["in", "in", expect.stringContaining("2 connections from 10.0.0.1")]);
  expect(enter("127.0.0.1", "::ffff:127.0.0.1", "::1")).toEqual(["in", "in", "in"]);
  expect(enter("10.0.0.2")).toEqual([expect.stringContaining("5 connections, its limit (--max-connections)")]);
  cap.leave("10.0.0.1");
  expect(enter("10.0.0.1", "10.0.0.1")).toEqual(["in", expect.stringContaining("--max-connections")]);
});

it("allows no more streams on a connection than its limit", async () => {
  await using server = await startInbound((call) => void watchCall(call), { limits: { maxStreamsPerConnection: 3 } });
  const session = http2.connect(server.url);
  const settings = await new Promise<http2.Settings>((done) => session.once("remoteSettings", done));
  expect(settings).toMatchObject({ maxConcurrentStreams: 3, initialWindowSize: 1024 * 1024 });
  session.destroy();
});

it("lets running calls end when it closes, and cuts off what takes longer", async () => {
  const running = Promise.withResolvers<() => void>();
  const server = await startInbound((call) => {
    const seen = watchCall(call);
    if (call.method === "Quick") {
      void seen.ended.then(() => {
        running.resolve(() => {
          call.end(outcomeOf("ok"));
        });
      });
    }
  });
  const session = http2.connect(server.url);
  session.on("error", () => {});
  const open = (method: string): http2.ClientHttp2Stream => {
    const stream = session.request({ ":method": "POST", ":path": `/a.B/${method}`, "content-type": "application/grpc" });
    stream.on("error", () => {});
    stream.end();
    return stream;
  };
  const quick = open("Quick");
  const answered = new Promise<number>((done) => quick.once("response", (headers) => done(headers[":status"] ?? 0)));
  quick.resume();
  const slow = open("Slow");
  const slowEnded = new Promise((done) => slow.once("close", done));
  const finish = await running.promise;
  const closed = server.inbound.close(200);
  finish();
  expect(await answered).toBe(200);
  await slowEnded;
  await closed;
  await expect(fetch(`${server.url}/-/healthz`)).rejects.toThrow();
});

it("ends a kept-alive HTTP/1.1 connection that asks nothing more", async () => {
  await using server = await startInbound(echo, { limits: { keepAliveMs: 300 } });
  const started = performance.now();
  const answer = await talk(server.port, (socket) => socket.write("GET /-/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
  const tookMs = performance.now() - started;
  expect(answer).toMatch(/^HTTP\/1\.1 200 /u);
  // Node adds up to a second, so that a request that comes in the last moment is served.
  expect(tookMs).toBeGreaterThan(250);
  expect(tookMs).toBeLessThan(5_000);
});

it.runIf(process.platform === "linux")(
  "has TCP probe callers that are quiet, so that one that is gone does not hold its stream for ever",
  async () => {
    await using server = await startInbound((call) => void watchCall(call));
    const session = http2.connect(server.url);
    const stream = session.request({ ":method": "POST", ":path": "/a.B/C", "content-type": "application/grpc" });
    stream.on("error", () => {});
    session.on("error", () => {});
    await new Promise((done) => session.once("remoteSettings", done));
    // "sl local remote st queues tr:when ...", with tr 02 for a keepalive timer and `when` in hundredths of a second.
    const hex = server.port.toString(16).toUpperCase().padStart(4, "0");
    const timers = readFileSync("/proc/net/tcp", "latin1")
      .split("\n")
      .map((line) => line.trim().split(/\s+/u))
      .filter(([, local, , state]) => local?.endsWith(`:${hex}`) === true && state === "01")
      .map((fields) => fields[5] ?? "");
    expect(timers).toEqual([expect.stringMatching(/^02:0000[01][0-9A-F]{3}$/u)]);
    session.destroy();
  },
);

it("does not wait for a TLS connection that never sent a request", async () => {
  const { key, cert } = selfSigned();
  const server = await startInbound(echo, { tls: { key, cert } });
  const socket = tls.connect({ port: server.port, host: "127.0.0.1", ca: cert, servername: "localhost", ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => {});
  await new Promise((done) => socket.once("secureConnect", done));
  await fetch(`${server.url}/-/healthz`).catch(() => undefined); // a turn of the other side
  const started = performance.now();
  await server.inbound.close(20_000);
  expect(performance.now() - started).toBeLessThan(5_000);
  socket.destroy();
});
