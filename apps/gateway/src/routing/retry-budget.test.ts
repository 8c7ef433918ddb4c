import http2 from "node:http2";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { answerGrpc, startRawH2 } from "@rpcdeck/testkit";
import { describe, expect, it } from "vitest";
import { createFakeClock } from "../catalog/fake-clock.ts";
import { goneAddress } from "../call/test-relay.ts";
import { startTestGateway, testInstance } from "../test-gateway.ts";
import { createRetryBudget, maxSavedRetries, retriesPerSecond, type RetryBudget } from "./retry-budget.ts";
import { maxAttempts, type RetryResult } from "./route.ts";

/** Takes retries until none is left; answers how many there were. */
function drain(budget: RetryBudget, service = "pb.Greeter"): number {
  let taken = 0;
  while (budget.take(service)) taken++;
  return taken;
}

describe("a retry budget", () => {
  it("begins whole, and each service has its own", () => {
    const budget = createRetryBudget(createFakeClock());
    expect(drain(budget)).toBe(maxSavedRetries);
    expect(drain(budget, "pb.Other")).toBe(maxSavedRetries);
  });
  it("grows by the share of calls", () => {
    const budget = createRetryBudget(createFakeClock(), { percent: 20 });
    drain(budget);
    for (let call = 0; call < 14; call++) budget.called("pb.Greeter");
    expect(drain(budget)).toBe(2);
    budget.called("pb.Greeter"); // the 15th
    expect(drain(budget)).toBe(1);
  });
  it("grows with time, up to what can be saved", () => {
    const clock = createFakeClock();
    const budget = createRetryBudget(clock, { percent: 0 });
    drain(budget);
    for (let call = 0; call < 1_000; call++) budget.called("pb.Greeter");
    expect(drain(budget)).toBe(0);
    clock.advance(1_000);
    expect(drain(budget)).toBe(retriesPerSecond);
    clock.advance(86_400_000);
    expect(drain(budget)).toBe(maxSavedRetries);
  });
});

/** A server that refuses every stream unread, and how many it saw. */
async function startRefusing() {
  const seen = { streams: 0 };
  const server = await startRawH2((stream) => {
    seen.streams++;
    stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
  });
  return { ...server, seen };
}

describe("calls to a server that refuses every stream", () => {
  const percent = 20;
  const calls = 80;

  it("are tried again as often as the budget allows, and then fail with the first outcome, which says so", async () => {
    const server = await startRefusing();
    const told: [service: string, result: RetryResult][] = [];
    await using gateway = await startTestGateway({
      instances: [testInstance(server.address, "grpc")],
      router: {
        retryBudget: createRetryBudget(createFakeClock(), { percent }), // a clock that stands: nothing grows with time
        onRetry: (service, result) => told.push([service, result]),
      },
    });
    const client = createClient(Greeter, createGrpcTransport({ baseUrl: gateway.url }));
    const messages: string[] = [];
    for (let call = 0; call < calls; call++) {
      await client.sayHello({ name: "x" }).catch((error: unknown) => {
        expect(error).toMatchObject({ code: Code.Unavailable });
        messages.push(String(error));
      });
    }
    // The first call finds the budget whole and adds nothing to it.
    const retries = maxSavedRetries + Math.floor(((calls - 1) * percent) / 100);
    expect(retries).toBeLessThan(calls * (maxAttempts - 1));
    expect(messages).toHaveLength(calls);
    expect(server.seen.streams).toBe(calls + retries);
    expect(gateway.results.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(calls + retries);
    expect(told.filter(([, result]) => result === "done")).toHaveLength(retries);
    const refused = told.filter(([, result]) => result === "refused");
    const spent = messages.filter((text) => text.includes("the retry budget of pb.Greeter is spent"));
    expect(spent).toHaveLength(refused.length);
    expect(refused.length).toBeGreaterThan(0);
    expect(spent.at(-1)).toContain(`${server.address}: `);
    expect(spent.at(-1)).toContain(`20 retries for 100 calls (--retry-budget) and ${retriesPerSecond} a second`);
    await server.close();
  });

  it("have a budget of their own where they name the instance", async () => {
    const server = await startRefusing();
    const budget = createRetryBudget(createFakeClock(), { percent });
    drain(budget);
    await using gateway = await startTestGateway({ instances: [testInstance(server.address, "grpc")], router: { retryBudget: budget } });
    const client = createClient(Greeter, createGrpcTransport({ baseUrl: gateway.url }));
    await expect(client.sayHello({}, { headers: { "rpcdeck-target": "test/one" } })).rejects.toThrow();
    expect(server.seen.streams).toBe(maxAttempts);
    await expect(client.sayHello({})).rejects.toThrow("the retry budget of pb.Greeter is spent");
    expect(server.seen.streams).toBe(maxAttempts + 1);
    await server.close();
  });
});

it("takes no retry from the budget where there is nobody else to try", async () => {
  const budget = createRetryBudget(createFakeClock());
  const address = await goneAddress();
  const told: RetryResult[] = [];
  await using gateway = await startTestGateway({
    instances: [testInstance(address, "grpc", "a"), testInstance(address, "grpc", "b")],
    router: { retryBudget: budget, onRetry: (_service, result) => told.push(result) },
  });
  const client = createClient(Greeter, createGrpcTransport({ baseUrl: gateway.url }));
  await expect(client.sayHello({})).rejects.toThrow("connection refused");
  expect(told).toEqual(["done"]);
  expect(drain(budget)).toBe(maxSavedRetries - 1);
});

it("sends a call that a GOAWAY turned away again without the budget", async () => {
  const server = await startRawH2((stream, _headers, session) => {
    if (stream.id === 3 && server.sessions.indexOf(session) === 0) session.goaway(http2.constants.NGHTTP2_NO_ERROR, 1);
    else answerGrpc(stream, [new Uint8Array()]);
  });
  const budget = createRetryBudget(createFakeClock(), { percent: 0 });
  drain(budget);
  const told: RetryResult[] = [];
  await using gateway = await startTestGateway({
    instances: [testInstance(server.address, "grpc")],
    router: { retryBudget: budget, onRetry: (_service, result) => told.push(result) },
  });
  const client = createClient(Greeter, createGrpcTransport({ baseUrl: gateway.url }));
  await client.sayHello({});
  await client.sayHello({});
  expect(told).toEqual(["done"]);
  expect(server.sessions).toHaveLength(2);
  await server.close();
});
