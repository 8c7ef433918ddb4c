import { describe, expect, it } from "vitest";
import type { RelayResult } from "../call/relay.ts";
import { testInstance } from "../test-gateway.ts";
import { nextCandidate } from "./candidates.ts";
import { createMetrics } from "./metrics.ts";
import { nearMatches } from "./near-matches.ts";
import { minSilenceMs, observationOf } from "./observation-of.ts";
import { isOwnService } from "./own-service.ts";
import { createRandomSelect } from "./select/random.ts";
import { createRoundRobinSelect } from "./select/round-robin.ts";
import { createTraffic, ticksPerService } from "./traffic.ts";

const instances = ["a", "b", "c"].map((name) => testInstance(`${name}:1`, "grpc", name));
const ids = (list: readonly ({ id: string } | undefined)[]): string => list.map((one) => one?.id.slice(5)).join("");

describe("selects", () => {
  it("go round robin, each service for itself", () => {
    const { choose } = createRoundRobinSelect();
    expect(ids([1, 2, 3, 4].map(() => choose(instances, "x")))).toBe("abca");
    expect(choose(instances, "y")?.id).toBe("test/a");
  });
  it("choose at random", () => {
    const numbers = [0, 0.5, 0.99];
    const { choose } = createRandomSelect(() => numbers.shift() ?? 0);
    expect(ids([1, 2, 3].map(() => choose(instances, "x")))).toBe("abc");
  });
});

describe("candidates", () => {
  it("try demoted instances last, and tell which one was chosen", () => {
    const [a, b, c] = instances as [(typeof instances)[0], (typeof instances)[0], (typeof instances)[0]];
    const demoted = new Set(["test/a"]);
    const chosen: string[] = [];
    const catalog = { isDemoted: (id: string) => demoted.has(id), chosen: (id: string) => void chosen.push(id) };
    const select = createRoundRobinSelect();
    expect(ids([1, 2, 3, 4].map(() => nextCandidate(instances, [], "x", select, catalog)))).toBe("bcbc");
    expect(chosen).toEqual(["test/b", "test/c", "test/b", "test/c"]);
    expect(nextCandidate(instances, [b, c], "x", select, catalog)).toBe(a);
    expect(nextCandidate(instances, instances, "x", select, catalog)).toBeUndefined();
    demoted.add("test/b").add("test/c");
    expect(ids([1, 2, 3].map(() => nextCandidate(instances, [], "y", select, catalog)))).toBe("abc");
  });
});

describe("observationOf", () => {
  const ended = (code: number, elapsedMs: number, responseMessages = 0): RelayResult => ({
    outcome: { code, message: "why", details: [], headers: [], trailers: [] },
    endedBy: "backend",
    instance: instances[0],
    attempts: 1,
    tier: 1,
    startedMs: 100,
    endedMs: 100 + elapsedMs,
    requestMessages: 1,
    responseMessages,
    requestBytes: 0,
    responseBytes: 0,
  });
  it.each([
    ["an answer", 0, "reached", 1, "answered"],
    ["a status of the backend", 5, "reached", 1, "answered"],
    ["a fault of ours before anything was sent", 3, "none", 1, undefined],
    ["UNAVAILABLE from the backend", 14, "reached", 1, "failed"],
    ["no connection, which is told already", 14, "unreachable", 1, undefined],
    ["a deadline in silence", 4, "none", minSilenceMs, "failed"],
    ["a short deadline", 4, "none", minSilenceMs - 1, undefined],
    ["a cancel", 1, "reached", 9_000, undefined],
    ["a full backend", 8, "reached", 1, undefined],
  ] as const)("%s", (_title, code, contact, elapsedMs, expected) => {
    expect(observationOf("pb.Greeter", ended(code, elapsedMs), contact)?.kind).toBe(expected);
  });
  it("says nothing of a call that its caller ended, whatever status stands for that", () => {
    for (const code of [1, 3, 4, 8, 14]) {
      expect(observationOf("pb.Greeter", { ...ended(code, 60_000), endedBy: "caller" }, "reached")).toBeUndefined();
    }
  });
  it("takes no deadline after a message for a failure", () => {
    expect(observationOf("pb.Greeter", ended(4, 60_000, 1), "reached")).toBeUndefined();
  });
});

describe("nearMatches", () => {
  const known = ["pb.Greeter", "pb.AddressBookService", "arith.v1.Arith", "rpcdeck.demo.v1.Chat"];
  const cases: readonly [name: string, nearest: string | undefined][] = [
    ["pb.Greter", "pb.Greeter"],
    ["Greeter", "pb.Greeter"],
    ["helloworld.Greeter", "pb.Greeter"],
    ["pb.greeter", "pb.Greeter"],
    ["arith.Arith", "arith.v1.Arith"],
    ["pb.AddressBook", "pb.AddressBookService"],
    ["grpc.testing.TestService", undefined],
    ["", undefined],
  ];
  it.each(cases)("finds for %s", (name, nearest) => {
    expect(nearMatches(name, known)[0]).toBe(nearest);
  });
});

describe("isOwnService", () => {
  it.each([
    ["grpc.health.v1.Health", true],
    ["grpc.reflection.v1alpha.ServerReflection", true],
    ["etcdserverpb.KV", true],
    ["rpcdeck.v1.CatalogService", true],
    ["rpcdeck.demo.v1.Chat", false],
    ["pb.Greeter", false],
    ["etcdserverpbx.KV", false],
  ])("%s: %s", (service, own) => {
    expect(isOwnService(service)).toBe(own);
  });
});

describe("traffic", () => {
  it("keeps 60 seconds of each instance and the last calls of each service", () => {
    let now = 1_000_000_000_000;
    const traffic = createTraffic(() => now);
    for (let call = 0; call < 10; call++) {
      traffic.record({ service: "s", instanceId: "i", code: call === 0 ? 14 : 0, hasFailed: call === 0, elapsedMs: call });
      now += 1000;
    }
    now -= 1000;
    let [i] = traffic.snapshot().instances;
    expect(i).toMatchObject({ instanceId: "i", calls: 10, errors: 1, p50Ms: 5 });
    expect(i?.callsPerSecond).toHaveLength(60);
    expect(i?.callsPerSecond.slice(-10)).toEqual(Array.from({ length: 10 }, () => 1));
    now += 55_000;
    [i] = traffic.snapshot().instances;
    expect(i).toMatchObject({ calls: 5, errors: 0, p50Ms: 7 });
    now += 10_000;
    expect(traffic.snapshot().instances).toEqual([]);
    for (let call = 0; call < 1000; call++) traffic.record({ service: "s", instanceId: "i", code: 0, hasFailed: false, elapsedMs: 1 });
    const { ticks } = traffic.snapshot();
    expect(ticks).toHaveLength(ticksPerService);
    expect(ticks.at(-1)?.seq).toBe(1010);
  });
});

describe("metrics", () => {
  it("count calls by service and status", async () => {
    const metrics = createMetrics({
      backends: () => ({ backends: 1, running: 2, waiting: 3, connections: 4, http1Connections: 5 }),
      inbound: () => ({ http1: 6, http2: 7, webSockets: 8 }),
      running: () => 9,
      entries: () => [],
      droppedSpans: () => 10,
    });
    const result: RelayResult = {
      outcome: { code: 5, message: "", details: [], headers: [], trailers: [] },
      endedBy: "backend",
      instance: instances[0],
      attempts: 2,
      tier: 1,
      startedMs: 0,
      endedMs: 20,
      requestMessages: 1,
      responseMessages: 0,
      requestBytes: 0,
      responseBytes: 0,
    };
    metrics.record({ service: "pb.Greeter", protocol: "gRPC over HTTP/2" }, result);
    metrics.record({ service: "made.Up", protocol: "gRPC over HTTP/2" }, { ...result, instance: undefined });
    metrics.retried("pb.Greeter", "done");
    metrics.retried("pb.Greeter", "refused");
    metrics.hedged("pb.Greeter", "won");
    const text = await metrics.text();
    expect(text).toContain('rpcdeck_calls_total{service="pb.Greeter",code="not_found"} 1');
    expect(text).toContain('rpcdeck_calls_total{service="unrouted",code="not_found"} 1');
    expect(text).not.toContain("made.Up");
    expect(text).toContain('rpcdeck_call_seconds_bucket{le="0.025",service="pb.Greeter"} 1');
    expect(text).toContain('rpcdeck_backend_exchanges{state="waiting"} 3');
    expect(text).toContain("rpcdeck_extra_attempts_total 2");
    expect(text).toContain('rpcdeck_retries_total{service="pb.Greeter",result="done"} 1');
    expect(text).toContain('rpcdeck_retries_total{service="pb.Greeter",result="refused"} 1');
    expect(text).toContain('rpcdeck_hedges_total{service="pb.Greeter",result="won"} 1');
    expect(text).toContain('rpcdeck_calls_by_protocol_total{protocol="gRPC over HTTP/2",tier="1"} 2');
    expect(text).toContain('rpcdeck_backend_connections{protocol="http/1.1"} 5');
    expect(text).toContain('rpcdeck_inbound_connections{protocol="websocket"} 8');
    expect(text).toContain("rpcdeck_calls_running 9");
  });
});
