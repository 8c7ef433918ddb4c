import { outcomeOf, parseConnectGet, writeConnectError } from "@rpcdeck/frames";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { call, ended, outcomeIn, serve } from "./test-call.ts";

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
