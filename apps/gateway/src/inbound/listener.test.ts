import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { outcomeOf } from "@rpcdeck/frames";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { expect, it } from "vitest";
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
  const tls = selfSigned();
  await using server = await startInbound(echo, { tls });
  const client = createClient(Chat, createGrpcTransport({ baseUrl: server.url, nodeOptions: { ca: tls.cert } }));
  await client.echoKitchenSink({});
  const status = await new Promise((done, failed) => {
    const request = https.get(`${server.url}/-/healthz`, { ca: tls.cert, agent: false }, (response) => {
      response.resume();
      done([response.statusCode, response.httpVersion]);
    });
    request.on("error", failed);
  });
  expect(status).toEqual([200, "1.1"]);
  expect((await fetch(`http://127.0.0.1:${server.port}/-/healthz`)).status).toBe(200);
  const session = http2.connect(server.url, { ca: tls.cert });
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
  expect(await talk(server.port, (socket) => socket.write("GET / HTTP/1.1\r\nhost: localhost\r\nx-a"))).toContain("408");
});

it("answers what is not HTTP and headers over the limit, and lives on", async () => {
  await using server = await startInbound(echo, { limits: { maxHeaderBytes: 2048 } });
  expect(await talk(server.port, (socket) => socket.write("\0\0\0\0garbage\r\n\r\n"))).toContain("400 Bad Request");
  expect(
    await talk(server.port, (socket) => socket.write(`GET / HTTP/1.1\r\nhost: localhost\r\nx-a: ${"a".repeat(4000)}\r\n\r\n`)),
  ).toContain("431");
  expect((await fetch(`${server.url}/-/healthz`)).status).toBe(200);
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
