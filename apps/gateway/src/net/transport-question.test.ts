import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { answerGrpc, listen, serverCertificate, testAuthority, type TestServer } from "@rpcdeck/testkit";
import { afterEach, describe, expect, it } from "vitest";
import type { InstanceTls } from "../catalog/instance.ts";
import { createAddressPolicy } from "./address-policy.ts";
import { createConnections, type Connections } from "./connections.ts";
import { createEndpoint } from "./endpoint.ts";
import { NoHttp2Error } from "./no-http2-error.ts";
import { createTransportQuestion, transportFindingMs } from "./transport-question.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const policy = createAddressPolicy();
const plaintext: InstanceTls = { kind: "plaintext" };
const verified: InstanceTls = { kind: "tls", verify: true, ca: testAuthority };

/** A server, and how many connections it got. */
async function started(server: Parameters<typeof listen>[0]): Promise<TestServer & { readonly connections: () => number }> {
  let count = 0;
  server.on("connection", () => count++);
  server.on("tlsClientError", () => {}); // plaintext on a TLS port is what is tested
  const listening = await listen(server);
  cleanups.push(listening.close);
  return { ...listening, connections: () => count };
}

function poolOf(): Connections {
  const pool = createConnections({ policy });
  cleanups.push(() => pool.close());
  return pool;
}

/** How a POST ends: "HTTP 200", or the fault with ADDR for the address. */
function post(pool: Connections, address: string, tls: InstanceTls, version: "h2" | "any"): Promise<string> {
  return new Promise((resolve) => {
    const exchange = pool.open(
      createEndpoint(address, tls, "configured", version),
      { path: "/a/B", headers: [] },
      {
        onOpen: () => exchange.end(),
        onHeaders: (status) => resolve(`HTTP ${status}`),
        onData() {},
        onDrain() {},
        onEnd() {},
        onFault: ({ error, unseen }) =>
          resolve(`${error.code}, ${unseen ? "unseen" : "seen"}: ${error.message.replaceAll(address, "ADDR")}`),
      },
    );
  });
}

/** TLS for those who begin with it; what nginx, Apache and Go answer to others. */
function refusingPlaintext(secure: https.Server): net.Server {
  return net.createServer((socket) => {
    socket.once("data", (first) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === 0x16) secure.emit("connection", socket);
      else socket.end("HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
    });
  });
}

const useGrpcs = "target_protocol, unseen: ADDR: speaks TLS: use grpcs://ADDR";
const useHttps = "target_protocol, unseen: ADDR: speaks TLS: use connect+https://ADDR or grpc-web+https://ADDR";

describe("plaintext on a TLS port", () => {
  it("is found out with one hello, which is not repeated for every call, and no call is sent", async () => {
    const secure = http2.createSecureServer(serverCertificate);
    let streams = 0;
    secure.on("stream", () => streams++);
    const { address, connections } = await started(secure);
    const pool = poolOf();
    expect(await post(pool, address, plaintext, "h2")).toBe(useGrpcs);
    expect(connections()).toBe(2);
    for (let call = 0; call < 5; call++) expect(await post(pool, address, plaintext, "h2")).toBe(useGrpcs);
    expect(connections()).toBe(7);
    expect(await post(pool, address, plaintext, "any")).toBe(useHttps);
    expect(streams).toBe(0);
  });

  it("is known from an alert, without a hello", async () => {
    const alert = net.createServer((socket) => {
      socket.once("data", () => socket.end(Buffer.from([0x15, 3, 1, 0, 2, 2, 70]))); // fatal, protocol_version
    });
    const { address, connections } = await started(alert);
    expect(await post(poolOf(), address, plaintext, "h2")).toBe(useGrpcs);
    expect(await post(poolOf(), address, plaintext, "any")).toBe(useHttps);
    expect(connections()).toBe(2);
  });

  it("is found out where the handshake ends with an alert, as with servers that want a client certificate", async () => {
    const secure = https.createServer({ ...serverCertificate, maxVersion: "TLSv1.2", requestCert: true, ca: testAuthority });
    const { address } = await started(secure);
    expect(await post(poolOf(), address, plaintext, "h2")).toBe(useGrpcs);
  });

  it("is told apart where TLS speaks HTTP/1.1 only, and where the port answers plaintext with HTTP 400", async () => {
    const secure = https.createServer(serverCertificate, (_request, response) => response.end());
    const webOnly = "speaks TLS, and HTTP/1.1 only: use connect+https://ADDR or grpc-web+https://ADDR";
    const silent = await started(secure);
    const answering = await started(refusingPlaintext(secure));
    for (const { address } of [silent, answering]) {
      expect(await post(poolOf(), address, plaintext, "h2")).toBe(`target_protocol, unseen: ADDR: ${webOnly}`);
      expect(await post(poolOf(), address, plaintext, "any")).toBe(useHttps);
    }
  });

  it("is not suspected of servers without TLS: they fail and answer as ever", async () => {
    const closing = await started(net.createServer((socket) => socket.once("data", () => socket.end())));
    expect(await post(poolOf(), closing.address, plaintext, "h2")).toBe(
      "target_protocol, unseen: ADDR: HTTP/2 did not begin: closed before HTTP/2 SETTINGS",
    );
    const bad = http.createServer((_request, response) => response.writeHead(400, { connection: "close" }).end("no"));
    const { address, connections } = await started(bad);
    const pool = poolOf();
    for (let call = 0; call < 3; call++) expect(await post(pool, address, plaintext, "any")).toBe("HTTP 400");
    expect(connections()).toBeLessThanOrEqual(7); // each call its own two, for this server hangs up; and one hello
  });
});

describe("TLS on a plaintext port", () => {
  it("is found out, with the protocol to use", async () => {
    const h2c = http2.createServer();
    h2c.on("stream", (stream) => answerGrpc(stream, []));
    const { address } = await started(h2c);
    expect(await post(poolOf(), address, verified, "h2")).toBe("target_protocol, unseen: ADDR: speaks no TLS: use grpc://ADDR");
    expect(await post(poolOf(), address, verified, "any")).toBe(
      "target_protocol, unseen: ADDR: speaks no TLS: use connect+http://ADDR or grpc-web+http://ADDR",
    );
    const h1 = await started(http.createServer((_request, response) => response.end()));
    expect(await post(poolOf(), h1.address, verified, "h2")).toBe(
      "target_protocol, unseen: ADDR: speaks no TLS, and HTTP/1.1 only: use connect+http://ADDR or grpc-web+http://ADDR",
    );
  });

  it("is found out where the port hangs up on a hello, as servers do that read the HTTP/2 preface first", async () => {
    const h2c = http2.createServer();
    h2c.on("stream", (stream) => answerGrpc(stream, []));
    const strict = net.createServer((socket) => {
      socket.once("data", (first) => {
        if (first[0] === 0x16) return void socket.end();
        socket.pause();
        socket.unshift(first);
        h2c.emit("connection", socket);
      });
    });
    const { address } = await started(strict);
    expect(await post(poolOf(), address, verified, "h2")).toBe("target_protocol, unseen: ADDR: speaks no TLS: use grpc://ADDR");
  });

  it("is not suspected because of a certificate", async () => {
    const { address, connections } = await started(http2.createSecureServer(serverCertificate));
    expect(await post(poolOf(), address, { kind: "tls", verify: true }, "h2")).toBe(
      "target_unreachable, unseen: ADDR: certificate is not signed by a trusted authority",
    );
    expect(connections()).toBe(1);
  });
});

describe("the question", () => {
  const closed = new NoHttp2Error("closed before HTTP/2 SETTINGS", "other");

  it("is asked again once what was found is old, and one at a time", async () => {
    const { address, connections } = await started(http2.createSecureServer(serverCertificate));
    let now = 0;
    const question = createTransportQuestion(createEndpoint(address, plaintext, "configured", "h2"), { policy, nowMs: () => now });
    await Promise.all([question.explain(closed), question.explain(closed)]);
    now = transportFindingMs - 1;
    expect((await question.explain(closed))?.message).toBe(`${address}: speaks TLS: use grpcs://${address}`);
    expect(connections()).toBe(1);
    now = transportFindingMs;
    await question.explain(closed);
    expect(connections()).toBe(2);
  });

  it("is not asked of a server that is silent, on a unix socket, and is given up when the pool closes", async () => {
    const silent = await started(net.createServer((socket) => void socket.resume()));
    const question = createTransportQuestion(createEndpoint(silent.address, plaintext, "configured", "h2"), { policy });
    expect(await question.explain(new NoHttp2Error("no HTTP/2 SETTINGS within 5000 ms", "nothing"))).toBeUndefined();
    const unix = createTransportQuestion(createEndpoint("unix:/run/x.sock", plaintext, "configured", "h2"), { policy });
    expect(await unix.explain(closed)).toBeUndefined();
    const asked = question.explain(closed);
    await expect.poll(() => silent.connections()).toBe(1);
    question.close();
    expect(await asked).toBeUndefined();
    await expect.poll(() => silent.sockets.size).toBe(0);
    expect(await question.explain(closed)).toBeUndefined();
    expect(silent.connections()).toBe(1);
  });

  it("obeys the address policy", async () => {
    const question = createTransportQuestion(createEndpoint("169.254.169.254:80", plaintext, "typed", "h2"), { policy });
    expect(await question.explain(closed)).toBeUndefined();
  });
});
