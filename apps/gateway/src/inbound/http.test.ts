import net from "node:net";
import { buildConnectGet, encodeGrpcWebText, outcomeOf, writeEnvelope, writeGrpcWebTrailers, type Outcome } from "@rpcdeck/frames";
import { describe, expect, it } from "vitest";
import type { Call } from "../call/call.ts";
import { ask } from "./test-ask.ts";
import { echo, startInbound, watchCall } from "./test-inbound.ts";

const path = "/pb.Greeter/SayHello";

/** Sends bytes as they are and reads until the server closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("close", () => {
      resolve(answer);
    });
    socket.on("error", reject);
  });
}

describe("Connect over plain HTTP", () => {
  it("reads a GET in every form", async () => {
    const calls: Call[] = [];
    await using server = await startInbound((call) => {
      calls.push(call);
      echo(call);
    });
    for (const [codec, encoding, message] of [
      ["json", "identity", '{"name":"ü"}'],
      ["proto", "identity", "\n\u0001x"],
      ["proto", "gzip", "zip"],
    ] as const) {
      const query = buildConnectGet({ codec, encoding, message: Buffer.from(message) });
      const answer = await ask(server.port, { path: `${path}?${query}` });
      expect([answer.status, answer.body.toString(), answer.headers["content-type"]]).toEqual([200, message, `application/${codec}`]);
      expect(answer.headers["content-encoding"]).toBe(encoding === "identity" ? undefined : encoding);
      expect(answer.headers["trailer-x-trailer"]).toBe("t1, t2");
      expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
    }
    expect(calls.map((call) => [call.isGet, call.kind, call.path])).toEqual(Array(3).fill([true, "unary", path]));
  });

  it.each([
    ["PUT", path, {}, 405, "GET, POST"],
    ["GET", path, {}, 405, "GET, POST"],
    ["HEAD", path, {}, 405, "GET, POST"],
    ["GET", `${path}?encoding=xml&message=`, {}, 415, undefined],
    ["GET", `${path}?encoding=json`, {}, 400, "GET, POST"],
    ["POST", path, { "content-type": "text/plain" }, 415, undefined],
    ["POST", path, {}, 415, undefined],
    ["POST", path, { "content-type": "application/grpc" }, 505, undefined],
    ["POST", "/", {}, 405, "GET, HEAD"],
    ["GET", "/a/b/c", {}, 404, undefined],
    ["GET", "/-/nothing", {}, 404, undefined],
    ["GET", "/-/assets/../../etc/passwd", {}, 404, undefined],
    ["GET", "//evil.example/", {}, 404, undefined],
    ["GET", "/-/healthz", {}, 200, undefined],
    ["GET", "/-/readyz", {}, 503, undefined],
    ["GET", "/-/metrics", {}, 404, undefined],
    ["GET", "/-/tunnel", {}, 426, undefined],
  ] as const)("answers %s %s %o with %d", async (method, target, headers, status, allow) => {
    await using server = await startInbound(() => expect.unreachable(), { isReady: () => false });
    const answer = await ask(server.port, { method, path: target, headers });
    expect([answer.status, answer.headers.allow]).toEqual([status, allow]);
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  it("gives errors their HTTP status as JSON without further keys", async () => {
    const outcome: Outcome = { ...outcomeOf("already_exists", "taken"), headers: [["x-h", "1"]], trailers: [["x-t", "2"]] };
    await using server = await startInbound((call) => {
      call.end(outcome);
    });
    const answer = await ask(server.port, { method: "POST", path, headers: { "content-type": "application/proto" } });
    expect([answer.status, answer.headers["content-type"], answer.headers["x-h"], answer.headers["trailer-x-t"]]).toEqual([
      409,
      "application/json",
      "1",
      "2",
    ]);
    expect(JSON.parse(answer.body.toString())).toEqual({ code: "already_exists", message: "taken" });
  });

  it("lists what it knows when a compression is not implemented", async () => {
    await using server = await startInbound((call) => {
      call.end(outcomeOf("unimplemented", `unknown compression ${call.encoding}`));
    });
    const headers = { "content-type": "application/proto", "content-encoding": "rot13" };
    expect((await ask(server.port, { method: "POST", path, headers })).headers["accept-encoding"]).toBe("gzip,br,zstd,deflate");
  });

  it("refuses another protocol version, a timeout that is none, and a unary answer without one message", async () => {
    await using server = await startInbound((call) => {
      if (call.method === "Two") for (let n = 0; n < 2; n++) call.write({ compressed: false, bytes: new Uint8Array() });
      call.end(outcomeOf("ok"));
    });
    const post = (target: string, headers: Record<string, string> = {}) =>
      ask(server.port, { method: "POST", path: target, headers: { "content-type": "application/json", ...headers }, body: "{}" });
    for (const [answer, status, code] of [
      [await post(path, { "connect-protocol-version": "2" }), 400, "invalid_argument"],
      [await post(path, { "connect-timeout-ms": "1.5" }), 400, "invalid_argument"],
      [await post(path), 501, "unimplemented"],
      [await post("/a.B/Two"), 501, "unimplemented"],
    ] as const) {
      expect([answer.status, (JSON.parse(answer.body.toString()) as { code: string }).code]).toEqual([status, code]);
    }
  });

  it("refuses a body over the limit, announced or not, without reading it to its end", async () => {
    await using server = await startInbound((call) => void watchCall(call), { limits: { maxMessageBytes: 1000 } });
    const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/proto\r\n`;
    const announced = await raw(server.port, `${head}content-length: 1073741824\r\n\r\n`);
    expect(announced).toContain("HTTP/1.1 429");
    expect(announced).toContain("request message of 1024 MiB is larger than the limit of 1000 bytes");
    const chunked = await raw(server.port, `${head}transfer-encoding: chunked\r\n\r\n${"400\r\n".padEnd(5 + 0x400, "x")}\r\n400\r\n`);
    expect(chunked).toContain("HTTP/1.1 429");
  });

  it("ends a unary body that makes no progress", async () => {
    const cancelled = Promise.withResolvers<Outcome>();
    await using server = await startInbound((call) => void watchCall(call).cancelled.then(cancelled.resolve), {
      limits: { bodyIdleMs: 50 },
    });
    const answer = await raw(
      server.port,
      `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/proto\r\ncontent-length: 10\r\n\r\nabc`,
    );
    expect(answer).toContain("HTTP/1.1 504");
    expect(answer).toContain("no progress for 0.05 s, the limit (--body-timeout), after 3 bytes");
    expect((await cancelled.promise).code).toBe(4);
  });

  it("takes a half-closed connection for a caller who left, but answers a page to it", async () => {
    const cancelled = Promise.withResolvers<Outcome>();
    await using server = await startInbound((call) => void watchCall(call).cancelled.then(cancelled.resolve));
    const socket = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    socket.end(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/connect+proto\r\ntransfer-encoding: chunked\r\n\r\n`);
    expect((await cancelled.promise).code).toBe(1);
    const page = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    page.end("GET /-/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const answer = await new Promise<string>((done) => page.once("data", (chunk: Buffer) => done(chunk.toString())));
    expect(answer).toContain("HTTP/1.1 200");
    page.destroy();
  });
});

describe("gRPC-Web", () => {
  it("speaks text mode with padding anywhere, trailers in the body", async () => {
    await using server = await startInbound(echo);
    const frames = ["a", "bc", ""].map((text) => writeEnvelope(0, Buffer.from(text)));
    const body = Buffer.concat(frames.map((frame) => encodeGrpcWebText(frame)));
    const answer = await ask(server.port, { method: "POST", path, headers: { "content-type": "application/grpc-web-text+proto" }, body });
    expect([answer.status, answer.headers["content-type"], answer.headers["x-header"]]).toEqual([
      200,
      "application/grpc-web-text+proto",
      "h1, h2",
    ]);
    const groups = answer.body.toString().match(/.{4}/g) ?? [];
    const decoded = Buffer.concat(groups.map((group) => Buffer.from(group, "base64")));
    const trailers = writeGrpcWebTrailers([
      ["x-trailer", "t1"],
      ["x-trailer", "t2"],
      ["grpc-status", "0"],
    ]);
    expect(decoded.equals(Buffer.concat([...frames, trailers]))).toBe(true);
  });

  it("answers text that is no base64 with a status", async () => {
    await using server = await startInbound(echo);
    const answer = await ask(server.port, { method: "POST", path, headers: { "content-type": "application/grpc-web-text" }, body: "!!!!" });
    expect(answer.status).toBe(200);
    expect(Buffer.from(answer.body.toString(), "base64").toString()).toContain("grpc-status: 3");
  });
});

describe("guard", () => {
  it.each([
    ["localhost:1", 200],
    ["LOCALHOST", 200],
    ["x.localhost", 200],
    ["127.0.0.1:8080", 200],
    ["127.9.9.9", 200],
    ["[::1]:80", 200],
    ["deck.example", 200],
    ["evil.example", 403],
    ["127.0.0.1.evil.example", 403],
    ["localhost.evil.example", 403],
    ["10.0.0.1", 403],
    ["[::2]", 403],
    ["a b", 400],
  ])("answers Host %j with %d", async (host, status) => {
    await using server = await startInbound(() => expect.unreachable(), { allowHosts: ["deck.example"] });
    const answer = await ask(server.port, { path: "/-/healthz", headers: { host } });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.toString()).toContain("--allow-host");
  });

  it("refuses an empty Host, two Hosts, and a whole address as target", async () => {
    await using server = await startInbound(() => expect.unreachable());
    expect(await raw(server.port, "GET / HTTP/1.1\r\nhost: \r\nconnection: close\r\n\r\n")).toContain("HTTP/1.1 400");
    expect(await raw(server.port, "GET / HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n")).toContain(
      "HTTP/1.1 400",
    );
    expect(await raw(server.port, "GET http://evil.example/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).toContain(
      "HTTP/1.1 404",
    );
  });

  it.each([
    [{ origin: "http://localhost:99" }, "localhost:99", true],
    [{ origin: "http://localhost" }, "localhost:80", true],
    [{ origin: "https://app.example" }, "localhost", true],
    [{ origin: "https://localhost:99" }, "localhost:99", false],
    [{ origin: "http://localhost:98" }, "localhost:99", false],
    [{ origin: "null" }, "localhost", false],
    [{ origin: "https://app.example.evil" }, "localhost", false],
    [{ "sec-fetch-site": "cross-site" }, "localhost", false],
    [{ "sec-fetch-site": "same-site" }, "localhost", false],
    [{ "sec-fetch-site": "same-origin" }, "localhost", true],
    [{ "sec-fetch-site": "none" }, "localhost", true],
  ] as const)("decides on %j at %s: %s", async (headers, host, passes) => {
    let calls = 0;
    await using server = await startInbound(
      (call) => {
        calls++;
        echo(call);
      },
      { allowOrigins: ["https://app.example"] },
    );
    const answer = await ask(server.port, {
      method: "POST",
      path,
      headers: { host, "content-type": "application/json", ...headers },
      body: "{}",
    });
    expect([answer.status, calls]).toEqual(passes ? [200, 1] : [403, 0]);
    const foreign = "origin" in headers && headers.origin === "https://app.example";
    expect(answer.headers["access-control-allow-origin"]).toBe(foreign ? "https://app.example" : undefined);
  });

  it("answers preflights only for allowed origins", async () => {
    await using server = await startInbound(() => expect.unreachable(), { allowOrigins: ["https://app.example"], token: "t" });
    const preflight = (origin: string) =>
      ask(server.port, {
        method: "OPTIONS",
        path,
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "x-a" },
      });
    expect((await preflight("https://app.example")).headers).toMatchObject({
      "access-control-allow-headers": "x-a",
      "access-control-allow-methods": "GET, POST",
    });
    expect((await preflight("https://evil.example")).status).toBe(403);
  });

  it("asks for the token everywhere but on pages, files and health", async () => {
    await using server = await startInbound(echo, { token: "s3cret", metrics: async () => ({ contentType: "text/plain", body: "m 1\n" }) });
    const post = (headers: Record<string, string>, target = path) =>
      ask(server.port, { method: "POST", path: target, headers: { "content-type": "application/json", ...headers }, body: "{}" });
    expect((await post({})).status).toBe(401);
    expect((await post({ "rpcdeck-token": "wrong" })).status).toBe(401);
    expect((await post({ "rpcdeck-token": "s3cret" })).status).toBe(200);
    expect((await post({}, "/etcdserverpb.Auth/Authenticate")).status).toBe(200);
    expect((await post({}, "/etcdserverpb.KV/Range")).status).toBe(401);
    expect((await post({ token: "s3cret" }, "/etcdserverpb.KV/Range")).status).toBe(200);
    expect((await ask(server.port, { path: "/-/metrics" })).status).toBe(401);
    expect((await ask(server.port, { path: "/-/metrics", headers: { "rpcdeck-token": "s3cret" } })).body.toString()).toBe("m 1\n");
    expect((await ask(server.port, { path: "/-/healthz" })).status).toBe(200);
    expect((await ask(server.port, { path: "/" })).status).toBe(503); // open, only not built here
  });

  it("keeps a backend's headers from acting on our origin in a browser", async () => {
    await using server = await startInbound((call) => {
      call.respond(
        [
          ["set-cookie", "a=b"],
          ["access-control-allow-origin", "*"],
          ["x-a", "1"],
        ],
        "identity",
      );
      call.write({ compressed: false, bytes: new Uint8Array() });
      call.end(outcomeOf("ok"));
    });
    const post = (headers: Record<string, string>) =>
      ask(server.port, { method: "POST", path, headers: { "content-type": "application/json", ...headers } });
    const browser = await post({ "sec-fetch-site": "same-origin" });
    expect([browser.headers["set-cookie"], browser.headers["access-control-allow-origin"], browser.headers["x-a"]]).toEqual([
      undefined,
      undefined,
      "1",
    ]);
    expect((await post({})).headers["set-cookie"]).toEqual(["a=b"]);
  });
});
