import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Catalog, createCatalog, evictedShownMs } from "./catalog.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import type { Instance } from "./instance.ts";
import { firstDemotionMs } from "./instance-health.ts";
import type { CatalogSource, SourceSnapshot, SourceStatus } from "./source.ts";

const instance = (source: string, label: string, more: Partial<Instance> = {}): Instance => ({
  id: `${source}/${label}`,
  label,
  source,
  registeredAs: "pb.Greeter",
  services: ["pb.Greeter"],
  protocol: "grpc",
  protocolName: "gRPC",
  address: `${label}:1`,
  tls: { kind: "plaintext" },
  metadata: [],
  labels: {},
  weight: 1,
  version: "",
  lease: undefined,
  revision: 1n,
  raw: undefined,
  ...more,
});

/** A source that says what the test says. */
function told(name: string) {
  let onSnapshot: (snapshot: SourceSnapshot) => void;
  let onStatus: (status: SourceStatus) => void;
  const source: CatalogSource = {
    name,
    kind: "static",
    addresses: [],
    watch(_signal, snapshots, statuses) {
      onSnapshot = snapshots;
      onStatus = statuses;
    },
    leasesLeft: async (ids) => new Map(ids.map((id) => [id, { leftMs: Number(id) * 1000, grantedMs: 10_000 }])),
  };
  return {
    source,
    shows: (instances: readonly Instance[], removals: SourceSnapshot["removals"] = new Map()) =>
      onSnapshot({ instances, revision: 1n, removals, unread: 0 }),
    is: (status: SourceStatus) => onStatus(status),
  };
}

let clock: FakeClock;
let a: ReturnType<typeof told>;
let b: ReturnType<typeof told>;
let catalog: Catalog;

beforeEach(() => {
  clock = createFakeClock();
  a = told("a");
  b = told("b");
  catalog = createCatalog({ sources: [a.source, b.source], clock });
});

afterEach(() => {
  catalog.close();
  expect(clock.pending()).toBe(0);
});

const routed = (service = "pb.Greeter") => catalog.instancesFor(service).map(({ id }) => id);
const healths = () => catalog.state().entries.map(({ instance: { id }, health }) => `${id} ${health.kind}`);
const events = () => catalog.state().events.map(({ kind, instanceId, source, detail }) => `${kind} ${instanceId || source}: ${detail}`);

describe("routing", () => {
  test("takes instances of all sources in order, the same service, protocol and address only once", () => {
    b.shows([instance("b", "x", { address: "one:1" }), instance("b", "y", { address: "one:1", protocol: "connect" })]);
    a.shows([instance("a", "x", { address: "one:1" }), instance("a", "z")]);
    expect(routed()).toEqual(["a/x", "a/z", "b/y"]);
    expect(catalog.all()).toHaveLength(4);
    expect(catalog.services()).toEqual(["pb.Greeter"]);
  });

  test("knows prefixes, and takes * only for what nobody else has", () => {
    a.shows([instance("a", "all", { services: ["*"] }), instance("a", "prefix", { services: ["pb.*"] }), instance("a", "exact")]);
    expect(routed("pb.Greeter")).toEqual(["a/exact", "a/prefix"]);
    expect(routed("pb.Other")).toEqual(["a/prefix"]);
    expect(routed("pbx.Other")).toEqual(["a/all"]);
    expect(catalog.services()).toEqual(["pb.Greeter"]);
  });

  test("puts an instance that was not reached last, until it answers or some time has passed", () => {
    a.shows([instance("a", "x"), instance("a", "y")]);
    catalog.report("a/x", { kind: "unreachable", reason: "connection refused" });
    expect(routed()).toEqual(["a/y", "a/x"]);
    expect(healths()).toEqual(["a/x failing", "a/y healthy"]);
    clock.advance(firstDemotionMs);
    expect(routed()).toEqual(["a/x", "a/y"]);
    catalog.report("a/x", { kind: "unreachable", reason: "connection refused" });
    catalog.report("a/x", { kind: "reached" });
    expect(routed()).toEqual(["a/x", "a/y"]);
    expect(events().slice(-2)).toEqual(["health-failed a/x: connection refused", "recovered a/x: answers again"]);
  });
});

describe("evicted instances", () => {
  test("leave routing at once and stay to be seen for ten minutes", () => {
    a.shows([instance("a", "x"), instance("a", "y", { lease: { id: 1n, grantedMs: undefined } })]);
    a.shows([instance("a", "y", { lease: { id: 1n, grantedMs: undefined } })], new Map([["a/x", "deregistered"]]));
    clock.advance(1_000);
    a.shows([], new Map());
    expect(routed()).toEqual([]);
    expect(catalog.byId("a/x")).toMatchObject({ evicted: true });
    expect(healths()).toEqual(["a/x evicted", "a/y evicted"]);
    expect(events().slice(-2)).toEqual([
      "deregistered a/x: deregistered",
      "deregistered a/y: gone with its lease: revoked or run out, the registry does not say which",
    ]);
    clock.advance(evictedShownMs - 1_000);
    expect(healths()).toEqual(["a/y evicted"]);
    clock.advance(1_000);
    expect(healths()).toEqual([]);
    expect(catalog.byId("a/x")).toBeUndefined();
  });

  test("come back as new ones", () => {
    a.shows([instance("a", "x")]);
    a.shows([], new Map([["a/x", "lease-expired"]]));
    a.shows([instance("a", "x", { address: "other:1" })]);
    expect(healths()).toEqual(["a/x healthy"]);
    expect(events().map((event) => event.split(" ")[0])).toEqual(["registered", "lease-expired", "registered"]);
    clock.advance(evictedShownMs);
    expect(routed()).toEqual(["a/x"]);
  });
});

describe("a source that is away", () => {
  test("keeps its instances as the last that was known", () => {
    a.shows([instance("a", "x")]);
    a.is({ kind: "ok" });
    a.is({ kind: "stale", problem: "connection refused", nextTryInMs: 500 });
    a.is({ kind: "stale", problem: "connection refused", nextTryInMs: 1_000 });
    expect(healths()).toEqual(["a/x last-known"]);
    expect(routed()).toEqual(["a/x"]);
    expect(catalog.state().sources[0]).toMatchObject({ nextTryMs: clock.wallMs() + 1_000, seenMs: clock.wallMs() });
    a.is({ kind: "ok" });
    expect(healths()).toEqual(["a/x healthy"]);
    expect(events().slice(-2)).toEqual(["source-stale a: connection refused", "source-ok a: in reach again"]);
  });
});

describe("what reflection says", () => {
  const unknown = (label: string, more: Partial<Instance> = {}) => instance("a", label, { services: undefined, ...more });

  test("is asked once for each registered name and version, and never of what cannot be called", () => {
    a.shows([unknown("x"), unknown("y"), unknown("z", { version: "2" }), unknown("r", { protocol: "other", registeredAs: "Arith" })]);
    expect(catalog.unlearned().map(({ id }) => id)).toEqual(["a/x", "a/z"]);
    catalog.learn("a/x", { services: ["pb.Greeter"], schemaId: "s1", problem: undefined });
    expect(routed()).toEqual(["a/x", "a/y"]);
    expect(catalog.unlearned().map(({ id }) => id)).toEqual(["a/z"]);
    a.shows([unknown("x"), unknown("y"), unknown("late")]);
    expect(routed()).toEqual(["a/late", "a/x", "a/y"]);
  });

  test("holds for the one that was asked where the others differ, until it is asked anew", () => {
    a.shows([unknown("x"), unknown("y")]);
    catalog.learn("a/x", { services: ["pb.Greeter"], schemaId: "s1", problem: undefined });
    catalog.learn("a/y", { services: ["pb.Other"], schemaId: "s2", problem: undefined });
    expect([routed("pb.Greeter"), routed("pb.Other")]).toEqual([["a/x"], ["a/y"]]);
    catalog.relearn(["a/x"]);
    expect(catalog.unlearned()).toHaveLength(1);
    expect([routed("pb.Greeter"), routed("pb.Other")]).toEqual([["a/x"], ["a/y"]]);
    catalog.learn("a/x", { services: ["pb.Third"], schemaId: "s3", problem: undefined });
    expect(catalog.services()).toEqual(["pb.Third"]);
    expect(routed("pb.Third")).toEqual(["a/x", "a/y"]);
    expect(catalog.unlearned()).toEqual([]);
  });

  test("keeps why it failed", () => {
    a.shows([unknown("x")]);
    catalog.learn("a/x", { services: undefined, schemaId: undefined, problem: "no reflection" });
    expect(catalog.state().entries[0]).toMatchObject({ schemaProblem: "no reflection", schemaId: undefined });
    expect(catalog.unlearned()).toEqual([]);
  });
});

test("changes are told once for all that happen together", async () => {
  let told = 0;
  const stop = catalog.onChange(() => told++);
  a.shows([instance("a", "x")]);
  b.shows([instance("b", "y")]);
  await Promise.resolve();
  expect(told).toBe(1);
  stop();
  a.shows([]);
  await Promise.resolve();
  expect(told).toBe(1);
});

test("a record that is merely written again makes no event; one that changes its address does", () => {
  a.shows([instance("a", "x")]);
  a.shows([instance("a", "x", { revision: 2n, labels: { calls: "7" } })]);
  expect(catalog.byId("a/x")?.instance.labels).toEqual({ calls: "7" });
  a.shows([instance("a", "x", { revision: 3n, address: "new:1" })]);
  expect(events()).toEqual(["registered a/x: gRPC at x:1", "changed a/x: address x:1 -> new:1"]);
});

test("time left of leases comes by instance", async () => {
  a.shows([instance("a", "x", { lease: { id: 7n, grantedMs: undefined } }), instance("a", "y")]);
  const left = await catalog.leasesLeft(["a/x", "a/y", "a/nobody"], new AbortController().signal);
  expect(left).toEqual(new Map([["a/x", { leftMs: 7_000, grantedMs: 10_000 }]]));
});
