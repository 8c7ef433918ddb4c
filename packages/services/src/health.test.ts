import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import { expect, test, vi } from "vitest";
import { createHealth } from "./health.ts";

function harness() {
  const state = {
    ready: true,
    serving: new Map<string, boolean>([
      ["a.Up", true],
      ["a.Down", false],
    ]),
  };
  const listeners = new Set<() => void>();
  const health = createHealth({
    isReady: () => state.ready,
    isServing: (service) => state.serving.get(service),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const client = createClient(
    Health,
    createRouterTransport((router) => router.service(Health, health)),
  );
  return { state, client, listeners, change: () => listeners.forEach((listener) => listener()) };
}

test("checks the gateway and its services", async () => {
  const { state, client } = harness();
  expect((await client.check({})).status).toBe(Status.SERVING);
  expect((await client.check({ service: "a.Up" })).status).toBe(Status.SERVING);
  expect((await client.check({ service: "a.Down" })).status).toBe(Status.NOT_SERVING);
  await expect(client.check({ service: "a.Nobody" })).rejects.toMatchObject({ code: Code.NotFound });
  state.ready = false;
  expect((await client.check({})).status).toBe(Status.NOT_SERVING);
});

test("watching tells the status now and at every change only, and lets go when the caller leaves", async () => {
  const { state, client, change, listeners } = harness();
  const leaving = new AbortController();
  const seen: Status[] = [];
  const steps = [() => change(), () => state.serving.set("a.New", true), () => state.serving.set("a.New", false), () => leaving.abort()];
  try {
    for await (const { status } of client.watch({ service: "a.New" }, { signal: leaving.signal })) {
      seen.push(status);
      if (seen.length === 1) {
        steps.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
      steps.shift()?.();
      setImmediate(change);
    }
  } catch {
    // The caller's own abort.
  }
  expect(seen).toEqual([Status.SERVICE_UNKNOWN, Status.SERVING, Status.NOT_SERVING]);
  await vi.waitFor(() => expect(listeners.size).toBe(0));
});
