// A hundred of each: deadlines of silent backends, callers who leave, and connections that a backend gives up. Times are printed, not judged.
import http2, { type ServerHttp2Stream } from "node:http2";
import { Code } from "@connectrpc/connect";
import { answerGrpc, grpcEnvelope } from "@rpcdeck/testkit";
import { expect, test, vi } from "vitest";
import { testInstance } from "../test-gateway.ts";
import { clients, failure, gatewayTo, rawBackend, rawCall } from "./test-relay.ts";

vi.setConfig({ testTimeout: 120_000 });

const rounds = 100;

test("a hundred calls to a silent backend end by their deadline, not before, and it is told how much time is left", async () => {
  const deadlineMs = 400;
  const forwarded: number[] = [];
  let reset = 0;
  const server = await rawBackend((stream, headers) => {
    const [, digits, unit] = /^(\d{1,8})([munS])$/u.exec(String(headers["grpc-timeout"])) ?? [];
    forwarded.push(Number(digits) * ({ S: 1000, m: 1, u: 1e-3, n: 1e-6 }[unit ?? ""] ?? Number.NaN));
    stream.on("close", () => (reset += stream.rstCode === http2.constants.NGHTTP2_CANCEL ? 1 : 0));
  });
  const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
  const late: number[] = [];
  for (let batch = 0; batch < rounds / 10; batch++) {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        const stream = rawCall(gateway, "/test.Raw/Call", { "grpc-timeout": `${deadlineMs}m` });
        const begun = performance.now();
        stream.end(grpcEnvelope(new Uint8Array()));
        const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) => stream.on("response", resolve));
        late.push(performance.now() - begun - deadlineMs);
        expect(headers["grpc-status"]).toBe("4");
        stream.session?.destroy();
      }),
    );
  }
  process.stderr.write(
    `deadlines: ${Math.max(...late).toFixed(0)} ms late at most, ${(deadlineMs - Math.min(...forwarded)).toFixed(1)} ms less forwarded at most\n`,
  );
  expect(late).toHaveLength(rounds);
  // The gateway's clock begins later than the caller's, and timers count whole milliseconds.
  expect(Math.min(...late)).toBeGreaterThan(-5);
  expect(forwarded).toHaveLength(rounds);
  expect(forwarded.filter((leftMs) => !(leftMs > 0 && leftMs <= deadlineMs))).toEqual([]);
  await expect.poll(() => reset).toBe(rounds);
});

test("a hundred callers who leave reset the backend's stream, each its own", async () => {
  const open = new Map<string, ServerHttp2Stream>();
  const server = await rawBackend((stream, headers) => {
    open.set(String(headers["x-call"]), stream);
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
  });
  const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
  const { greeter } = clients(gateway);
  const tookMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const name = `call ${round}`;
    const abort = new AbortController();
    const call = failure(greeter.sayHello({ name }, { signal: abort.signal, headers: { "x-call": name } }));
    const stream = await vi.waitUntil(() => open.get(name), { interval: 1, timeout: 10_000 });
    const closed = new Promise<number>((resolve) => stream.on("close", () => resolve(stream.rstCode ?? 0)));
    const left = performance.now();
    abort.abort();
    expect(await closed).toBe(http2.constants.NGHTTP2_CANCEL);
    tookMs.push(performance.now() - left);
    expect((await call).code).toBe(Code.Canceled);
  }
  process.stderr.write(`callers who leave: the backend knows after ${Math.max(...tookMs).toFixed(0)} ms at most\n`);
  expect(open.size).toBe(rounds);
  await expect.poll(() => gateway.connections.counts().running).toBe(0);
});

test("no call is lost over a thousand connections that a backend gives up", async () => {
  const calls = new Map<unknown, number>();
  const server = await rawBackend((stream, _headers, session) => {
    const count = (calls.get(session) ?? 0) + 1;
    calls.set(session, count);
    if (count === 3) session.goaway(0);
    answerGrpc(stream, [new Uint8Array()]);
  });
  const gateway = await gatewayTo({ instances: [testInstance(server.address, "grpc")] });
  const { greeter } = clients(gateway);
  while (server.sessions.length < 1_000) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => greeter.sayHello({ name: "x" })));
    expect(answers).toHaveLength(10);
  }
});
