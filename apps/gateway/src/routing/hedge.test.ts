import { once } from "node:events";
import http2 from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type HandlerContext, type Transport } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { outcomeOf, readTunnelMessage, tunnelTypes, writeTunnelMessage } from "@rpcdeck/frames";
import { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Leg, TraceEvent_Kind, TunnelEndSchema, TunnelStartSchema, type TunnelEnd } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { listen } from "@rpcdeck/testkit";
import { afterEach, describe, expect, it, test } from "vitest";
import { WebSocket } from "ws";
import { createRunningCalls } from "../call/running-calls.ts";
import { createTraceHub } from "../call/trace-recorder.ts";
import { goneAddress } from "../call/test-relay.ts";
import { createFakeClock } from "../catalog/fake-clock.ts";
import { startTestGateway, testInstance, type TestGatewayOptions } from "../test-gateway.ts";
import type { HedgeResult } from "./hedge.ts";
import { createRetryBudget } from "./retry-budget.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Answers a call, or waits as long as it likes. */
type Behaviour = (context: HandlerContext) => Promise<unknown>;

const atOnce: Behaviour = () => Promise.resolve();
/** Waits until the call is cancelled. */
const never: Behaviour = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("cancelled"))));

/** A real server of Arith, which notes what it saw and behaves as it is told. */
async function backend(behaviour: Behaviour) {
  const seen = { calls: 0, cancels: 0, headers: new Headers() };
  const handler = connectNodeAdapter({
    routes: (router) =>
      router.rpc(Arith.method.mul, async ({ a, b }, context) => {
        seen.calls++;
        seen.headers = context.requestHeader;
        const count = (): void => void seen.cancels++; // the signal is aborted at a good end too
        context.signal.addEventListener("abort", count);
        await behaviour(context);
        context.signal.removeEventListener("abort", count);
        return { product: a * b };
      }),
  });
  const server = await listen(http2.createServer(handler));
  cleanups.push(server.close);
  return { address: server.address, seen };
}

/** A gateway to instances named first, second, ..., which a new gateway chooses in this order. */
async function gatewayTo(addresses: readonly string[], options: Partial<TestGatewayOptions> = {}) {
  const hedges: HedgeResult[] = [];
  const names = ["first", "second", "third"];
  const gateway = await startTestGateway({
    instances: addresses.map((address, at) => testInstance(address, "grpc", names[at])),
    ...options,
    router: { onHedge: (_service, result) => hedges.push(result), ...options.router },
  });
  cleanups.push(() => gateway[Symbol.asyncDispose]());
  return { gateway, hedges, arith: createClient(Arith, createGrpcTransport({ baseUrl: gateway.url })) };
}

/** An answer and its headers. */
async function mul(arith: ReturnType<typeof createClient<typeof Arith>>, hedgeMs: number, more: Record<string, string> = {}) {
  let headers = new Headers();
  const { product } = await arith.mul(
    { a: 6n, b: 7n },
    { headers: { "rpcdeck-hedge": String(hedgeMs), "x-own": "1", ...more }, onHeader: (received) => (headers = received) },
  );
  return { product, instance: headers.get("rpcdeck-instance"), attempts: headers.get("rpcdeck-attempts") };
}

describe("a hedged call", () => {
  test.each<[string, (baseUrl: string) => Transport]>([
    ["gRPC", (baseUrl) => createGrpcTransport({ baseUrl })],
    ["gRPC-Web", (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })],
    ["Connect", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2" })],
    ["Connect GET", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true })],
    ["Connect in JSON", (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false })],
  ])("gets its answer from the second instance where the first is silent, in %s", async (_title, transport) => {
    const [silent, quick] = [await backend(never), await backend(atOnce)];
    const { gateway, hedges } = await gatewayTo([silent.address, quick.address]);
    const arith = createClient(Arith, transport(gateway.url));
    expect(await mul(arith, 50)).toEqual({ product: 42n, instance: "test/second", attempts: "2" });
    await expect.poll(() => silent.seen.cancels).toBe(1);
    expect([silent.seen.calls, quick.seen.calls, quick.seen.cancels]).toEqual([1, 1, 0]);
    for (const { headers } of [silent.seen, quick.seen]) {
      expect([headers.get("x-own"), headers.get("rpcdeck-hedge"), headers.get("rpcdeck-hop")]).toEqual(["1", null, "1"]);
    }
    expect(gateway.results).toMatchObject([
      { attempts: 2, endedBy: "backend", outcome: { code: 0 }, instance: { id: "test/second" }, requestMessages: 1, responseMessages: 1 },
    ]);
    expect(hedges).toEqual(["won"]);
    expect(gateway.reports).toEqual(["test/second reached"]); // nothing against the other one
  });

  it("goes the same way in the tunnel", async () => {
    const [silent, quick] = [await backend(never), await backend(atOnce)];
    const { gateway } = await gatewayTo([silent.address, quick.address]);
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/-/tunnel`, ["rpcdeck.tunnel.v1"]);
    cleanups.push(() => socket.close());
    await once(socket, "open");
    const ended = new Promise<TunnelEnd>((done) => {
      socket.on("message", (data: Buffer) => {
        const message = readTunnelMessage(data);
        if (message?.type === tunnelTypes.endDown) done(fromBinary(TunnelEndSchema, message.payload));
      });
    });
    const metadata = [{ name: "rpcdeck-hedge", value: "50" }];
    const start = create(TunnelStartSchema, { path: "/arith.v1.Arith/Mul", codec: "proto", metadata });
    socket.send(writeTunnelMessage(1, tunnelTypes.start, toBinary(TunnelStartSchema, start)));
    socket.send(writeTunnelMessage(1, tunnelTypes.message, new Uint8Array(), 0));
    socket.send(writeTunnelMessage(1, tunnelTypes.halfClose, new Uint8Array()));
    expect(await ended).toMatchObject({ code: 0 });
    await expect.poll(() => silent.seen.cancels).toBe(1);
    expect(gateway.results).toMatchObject([{ attempts: 2, instance: { id: "test/second" }, outcome: { code: 0 } }]);
  });

  it("asks nobody else where the first instance answers in time", async () => {
    const [quick, other] = [await backend(atOnce), await backend(atOnce)];
    const { gateway, hedges, arith } = await gatewayTo([quick.address, other.address]);
    expect(await mul(arith, 20_000)).toEqual({ product: 42n, instance: "test/first", attempts: "1" });
    expect(other.seen.calls).toBe(0);
    expect(gateway.results).toMatchObject([{ attempts: 1 }]);
    expect(hedges).toEqual([]);
  });

  it("takes the first instance's answer where that comes first after all", async () => {
    const hedged = Promise.withResolvers<void>();
    const slow = await backend(() => hedged.promise);
    const slower = await backend((context) => {
      hedged.resolve();
      return never(context);
    });
    const { gateway, hedges, arith } = await gatewayTo([slow.address, slower.address]);
    expect(await mul(arith, 20)).toEqual({ product: 42n, instance: "test/first", attempts: "2" });
    await expect.poll(() => slower.seen.cancels).toBe(1);
    expect([slow.seen.calls, slower.seen.calls, slow.seen.cancels]).toEqual([1, 1, 0]);
    expect(gateway.results).toMatchObject([{ attempts: 2, instance: { id: "test/first" } }]);
    expect(hedges).toEqual(["lost"]);
  });

  it("ends with the status that comes first, whatever it is", async () => {
    const silent = await backend(never);
    const failing = await backend(() => Promise.reject(new ConnectError("no such number", Code.OutOfRange)));
    const { arith } = await gatewayTo([silent.address, failing.address]);
    await expect(mul(arith, 20)).rejects.toMatchObject({ code: Code.OutOfRange, rawMessage: "no such number" });
    await expect.poll(() => silent.seen.cancels).toBe(1);
  });

  it("goes on with the first instance where the second cannot be reached", async () => {
    const hedged = Promise.withResolvers<void>();
    const slow = await backend(() => hedged.promise);
    const { gateway, hedges, arith } = await gatewayTo([slow.address, await goneAddress()]);
    const answer = mul(arith, 20);
    await expect.poll(() => gateway.reports).toContain("test/second unreachable");
    hedged.resolve();
    expect(await answer).toEqual({ product: 42n, instance: "test/first", attempts: "2" });
    expect(hedges).toEqual(["lost"]);
  });

  it("tries another instance where the first cannot be reached, and hedges that one", async () => {
    const [silent, quick] = [await backend(never), await backend(atOnce)];
    const { arith } = await gatewayTo([await goneAddress(), quick.address, silent.address]); // of two that are left, round robin takes the second
    expect(await mul(arith, 50)).toEqual({ product: 42n, instance: "test/second", attempts: "3" });
    await expect.poll(() => silent.seen.cancels).toBe(1);
  });

  it("waits for the first instance where there is no other one, or no retry is left in the budget", async () => {
    const slow = () => backend(() => new Promise((done) => setTimeout(done, 200)));
    const alone = await slow();
    const single = await gatewayTo([alone.address]);
    expect(await mul(single.arith, 20)).toEqual({ product: 42n, instance: "test/first", attempts: "1" });
    expect(single.hedges).toEqual(["refused"]);

    const retryBudget = createRetryBudget(createFakeClock());
    while (retryBudget.take("arith.v1.Arith"));
    const [one, two] = [await slow(), await backend(atOnce)];
    const spent = await gatewayTo([one.address, two.address], { router: { retryBudget } });
    expect(await mul(spent.arith, 20)).toEqual({ product: 42n, instance: "test/first", attempts: "1" });
    expect(two.seen.calls).toBe(0);
    expect(spent.gateway.results).toMatchObject([{ attempts: 1 }]);
  });

  it("is not sent twice where its request is larger than what is kept", async () => {
    const [slow, other] = [await backend(() => new Promise((done) => setTimeout(done, 200))), await backend(atOnce)];
    const limits = { maxMessageBytes: 1_000, replayBytes: 3 };
    const { hedges, arith } = await gatewayTo([slow.address, other.address], { router: { limits } });
    expect(await mul(arith, 20)).toEqual({ product: 42n, instance: "test/first", attempts: "1" });
    expect([hedges, other.seen.calls]).toEqual([["refused"], 0]);
  });

  it("is one running call, which can be ended from outside", async () => {
    const [one, two] = [await backend(never), await backend(never)];
    const running = createRunningCalls();
    const limits = { maxMessageBytes: 1_000, replayBytes: 1_000, running };
    const { gateway, arith } = await gatewayTo([one.address, two.address], { router: { limits } });
    const ended = arith.mul({}, { headers: { "rpcdeck-hedge": "20" } }).catch((error: unknown) => ConnectError.from(error));
    await expect.poll(() => two.seen.calls).toBe(1);
    expect(running.count).toBe(1);
    running.breakOff(outcomeOf("unavailable", "enough"));
    expect(await ended).toMatchObject({ code: Code.Unavailable, rawMessage: "enough" });
    await expect.poll(() => [one.seen.cancels, two.seen.cancels]).toEqual([1, 1]);
    expect(running.count).toBe(0);
    expect(gateway.results).toMatchObject([{ attempts: 2, endedBy: "gateway" }]);
  });

  it("takes a retry from the budget", async () => {
    const retryBudget = createRetryBudget(createFakeClock(), { percent: 0 });
    let left = 0;
    while (retryBudget.take("arith.v1.Arith")) left++;
    const whole = createRetryBudget(createFakeClock(), { percent: 0 });
    const { arith } = await gatewayTo([(await backend(never)).address, (await backend(atOnce)).address], {
      router: { retryBudget: whole },
    });
    await mul(arith, 20);
    let after = 0;
    while (whole.take("arith.v1.Arith")) after++;
    expect(after).toBe(left - 1);
  });

  it("cancels both instances when its caller cancels, and counts for neither", async () => {
    const [one, two] = [await backend(never), await backend(never)];
    const { gateway, arith } = await gatewayTo([one.address, two.address]);
    const abort = new AbortController();
    const ended = arith
      .mul({}, { headers: { "rpcdeck-hedge": "20" }, signal: abort.signal })
      .catch((error: unknown) => ConnectError.from(error).code);
    await expect.poll(() => two.seen.calls).toBe(1);
    abort.abort();
    expect(await ended).toBe(Code.Canceled);
    await expect.poll(() => [one.seen.cancels, two.seen.cancels]).toEqual([1, 1]);
    await expect.poll(() => gateway.results).toMatchObject([{ attempts: 2, endedBy: "caller", outcome: { code: Code.Canceled } }]);
    expect(gateway.reports).toEqual([]);
  });

  it("ends at its deadline where both are silent", async () => {
    const [one, two] = [await backend(never), await backend(never)];
    const { gateway, arith } = await gatewayTo([one.address, two.address]);
    await expect(arith.mul({}, { headers: { "rpcdeck-hedge": "20" }, timeoutMs: 300 })).rejects.toMatchObject({
      code: Code.DeadlineExceeded,
    });
    await expect.poll(() => gateway.results).toMatchObject([{ attempts: 2 }]);
    await expect.poll(() => [one.seen.cancels, two.seen.cancels]).toEqual([1, 1]);
  });

  it("is recorded with both attempts, each with its own events", async () => {
    const traceHub = createTraceHub();
    cleanups.push(() => traceHub.close());
    const [silent, quick] = [await backend(never), await backend(atOnce)];
    const { arith } = await gatewayTo([silent.address, quick.address], { inbound: { traceHub } });
    const id = "0123456789abcdef0123456789abcdef";
    await mul(arith, 50, { "rpcdeck-call": id });
    const subscription = traceHub.subscribe(id, () => {});
    const { events } = subscription.take(1_000_000);
    subscription.close();
    const outbound = events.filter(({ leg }) => leg === Leg.OUTBOUND);
    const of = (attempt: number) => outbound.filter((event) => event.attempt === attempt).map(({ kind }) => kind);
    const { ATTEMPT, HEADERS, DATA, TRAILERS, END, ABORTED } = TraceEvent_Kind;
    expect(of(1)).toEqual([ATTEMPT, HEADERS, DATA, END, ABORTED]);
    expect(of(2).filter((kind) => kind !== DATA)).toEqual([ATTEMPT, HEADERS, END, HEADERS, TRAILERS, END]);
    expect(outbound).toHaveLength(of(1).length + of(2).length);
    expect(outbound.filter(({ kind }) => kind === ATTEMPT).map(({ instanceId }) => instanceId)).toEqual(["test/first", "test/second"]);
  });
});

describe("rpcdeck-hedge is refused", () => {
  const rule = "only unary methods marked idempotency_level = NO_SIDE_EFFECTS can be hedged";

  async function refusal(
    headers: Record<string, string>,
    options: Partial<TestGatewayOptions> = {},
    kind: "mul" | "table" | "hello" = "mul",
  ) {
    const [one, two] = [await backend(atOnce), await backend(atOnce)];
    const { gateway, arith } = await gatewayTo([one.address, two.address], options);
    const call = async () => {
      if (kind === "mul") await arith.mul({}, { headers });
      else if (kind === "table") for await (const _row of arith.table({}, { headers }));
      else await createClient(Greeter, createGrpcTransport({ baseUrl: gateway.url })).sayHello({}, { headers });
    };
    const error = await call().then(
      () => expect.unreachable(),
      (reason: unknown) => ConnectError.from(reason),
    );
    expect(one.seen.calls + two.seen.calls).toBe(0);
    expect(gateway.results).toMatchObject([{ attempts: 0 }]);
    expect(Code[error.code]).toBe("InvalidArgument");
    return error.rawMessage;
  }

  it("for a method that may have side effects", async () => {
    const text = await refusal({ "rpcdeck-hedge": "50" }, {}, "hello");
    expect(text).toBe(`/pb.Greeter/SayHello cannot be hedged: it is not marked as free of side effects, and ${rule}`);
  });
  it("for a stream", async () => {
    const text = await refusal({ "rpcdeck-hedge": "50" }, {}, "table");
    expect(text).toBe(`/arith.v1.Arith/Table cannot be hedged: it is a server-stream method, and ${rule}`);
  });
  it("for a method that nobody knows", async () => {
    const text = await refusal({ "rpcdeck-hedge": "50" }, { hasSchemas: false });
    expect(text).toBe(`/arith.v1.Arith/Mul cannot be hedged: ${rule}, and its schema is not known: no schema`);
  });
  it.each(["", "0", "soon", "60001", "1.5", "-1"])("for a time of %o", async (value) => {
    const text = await refusal({ "rpcdeck-hedge": value });
    expect(text).toBe(`rpcdeck-hedge: ${value} is not a whole number of milliseconds from 1 to 60000`);
  });
  it("beside choices that leave no second instance", async () => {
    const hedge = { "rpcdeck-hedge": "50" };
    expect(await refusal({ ...hedge, "rpcdeck-target": "test/first" })).toContain("rpcdeck-target names the one instance it may go to");
    expect(await refusal({ ...hedge, "rpcdeck-fail": "failfast" })).toContain("failfast allows one attempt");
  });
});
