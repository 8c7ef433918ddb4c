import http from "node:http";
import net from "node:net";
import { outcomeOf } from "@rpcdeck/frames";
import { describe, expect, it } from "vitest";
import { startInbound, type TestInbound } from "./test-inbound.ts";

const path = "/pb.Greeter/SayHello";
const origin = "https://app.example";

/** Ends each call well, with a header, a trailer and an empty message; `Fail` without a message. */
function start(token?: string): Promise<TestInbound> {
  return startInbound(
    (call) => {
      if (call.method === "Fail") return call.end({ ...outcomeOf("not_found", "no"), trailers: [["x-trailer", "t"]] });
      call.listen({
        onFrame() {},
        onEnd() {
          call.respond([["x-header", "h"]], "identity");
          call.write({ compressed: false, bytes: new Uint8Array() });
          call.end({ ...outcomeOf("ok"), trailers: [["x-trailer", "t"]] });
        },
        onCancel() {},
      });
    },
    { allowOrigins: [origin], token },
  );
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Names of access-control-expose-headers. */
  readonly exposed: readonly string[];
}

function ask(port: number, method: string, target: string, headers: http.OutgoingHttpHeaders, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, method, path: target, headers: { ...headers }, agent: false }, (response) => {
      response.resume();
      const exposed = String(response.headers["access-control-expose-headers"] ?? "").split(", ");
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, exposed }));
    });
    request.once("error", reject);
    request.end(body);
  });
}

describe("headers that a page of an allowed origin may read", () => {
  it.each([
    ["Connect", path, "application/proto", ["x-header", "trailer-x-trailer", "content-encoding", "rpcdeck-instance"]],
    ["Connect that fails", "/a.B/Fail", "application/proto", ["trailer-x-trailer", "content-type", "rpcdeck-attempts"]],
    ["a Connect stream", path, "application/connect+proto", ["x-header", "connect-content-encoding", "connect-accept-encoding"]],
    ["gRPC-Web", path, "application/grpc-web", ["x-header", "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding"]],
  ])("are named for %s", async (_name, target, type, names) => {
    await using server = await start();
    const { headers, exposed } = await ask(server.port, "POST", target, { origin, "content-type": type });
    expect(exposed).toEqual(expect.arrayContaining(names));
    expect(exposed).not.toContain("*");
    expect(headers).toMatchObject({ "access-control-allow-origin": origin, "access-control-allow-credentials": "true", vary: "origin" });
  });
});

describe("with --allow-origin", () => {
  it.each([
    ["401", "POST", path, { "content-type": "application/json" }],
    ["404", "GET", "/-/nothing", { "rpcdeck-token": "t" }],
    ["405", "PUT", path, { "rpcdeck-token": "t" }],
    ["415", "POST", path, { "rpcdeck-token": "t", "content-type": "text/csv" }],
    ["400", "GET", `${path}?connect=v1&encoding=proto`, { "rpcdeck-token": "t" }],
  ])("a refusal with %s can be read by an allowed page", async (status, method, target, more) => {
    await using server = await start("t");
    const answer = await ask(server.port, method, target, { origin, ...more });
    expect(answer.status).toBe(Number(status));
    expect(answer.headers).toMatchObject({ "access-control-allow-origin": origin, vary: "origin" });
    expect(answer.exposed).toContain("content-type");
  });

  it("every answer depends on the origin, and no other page may read one", async () => {
    await using server = await start();
    const type = { "content-type": "application/json" };
    for (const headers of [type, { ...type, origin: "https://evil.example" }]) {
      const answer = await ask(server.port, "POST", path, headers, "{}");
      expect(answer.headers["vary"]).toBe("origin");
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  it("a preflight gets each header once", async () => {
    await using server = await start("t");
    const asks = { origin, "access-control-request-method": "POST", "access-control-request-headers": "rpcdeck-token,x-a" };
    const { status, headers } = await ask(server.port, "OPTIONS", path, asks);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-headers": "rpcdeck-token,x-a",
      "access-control-allow-methods": "GET, POST",
      vary: "origin",
    });
  });
});

it("health paths answer a load balancer that sends no Host", async () => {
  await using server = await start("t");
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = net.connect(server.port, "127.0.0.1", () => socket.write("GET /-/readyz HTTP/1.0\r\n\r\n"));
  socket.once("data", (data: Buffer) => resolve(data.toString()));
  expect(await promise).toMatch(/^HTTP\/1\.1 200 /u);
  socket.destroy();
});
