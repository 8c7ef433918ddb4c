import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CatalogEvent_Kind, CatalogSchema, Instance_Health } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { describe, expect, it } from "vitest";
import { facetOf, findInstances, groupInstances, healthText, stateFacet } from "./registry-model.ts";
import { changeSearch, parseRegistrySearch } from "./registry-search.ts";

const now = 1_000_000_000;
const catalog = create(CatalogSchema, {
  instances: [
    {
      id: "embedded/a",
      label: "greeter-10",
      source: "embedded",
      services: ["pb.Greeter", "grpc.health.v1.Health"],
      protocolName: "gRPC",
      health: Instance_Health.EVICTED,
    },
    {
      id: "embedded/b",
      label: "greeter-9",
      source: "embedded",
      services: ["pb.Greeter"],
      protocolName: "Connect",
      health: Instance_Health.HEALTHY,
      address: "127.0.0.1:50042",
    },
    {
      id: "etcd/c",
      label: "arith",
      source: "etcd",
      registeredAs: "Arith",
      protocolName: "rpcx",
      health: Instance_Health.FAILING,
      metadata: { zone: "b" },
    },
  ],
  events: [{ seq: 1n, at: timestampFromMs(now - 5_000), kind: CatalogEvent_Kind.HEALTH_FAILED, instanceId: "etcd/c" }],
});
const ids = (search: Record<string, unknown>) => findInstances(catalog, parseRegistrySearch(search), now).map((instance) => instance.id);

describe("findInstances", () => {
  it("finds by every filter", () => {
    expect(ids({})).toEqual(["embedded/a", "embedded/b", "etcd/c"]);
    expect(ids({ service: "Arith" })).toEqual(["etcd/c"]);
    expect(ids({ state: "evicted" })).toEqual(["embedded/a"]);
    expect(ids({ source: "embedded", speaks: "Connect" })).toEqual(["embedded/b"]);
    expect(ids({ show: "problems" })).toEqual(["embedded/a", "etcd/c"]);
    expect(ids({ show: "changed" })).toEqual(["etcd/c"]);
    expect(ids({ q: "GREETER 50042" })).toEqual(["embedded/b"]);
    expect(ids({ q: "zone" })).toEqual(["etcd/c"]);
  });
});

describe("groupInstances", () => {
  it("puts an instance under each of its services, the evicted ones last and infrastructure at the end", () => {
    const groups = groupInstances(catalog.instances, "service", undefined);
    expect(groups.map((group) => [group.name, group.kind, group.instances.map((instance) => instance.label)])).toEqual([
      ["Arith", "registered", ["arith"]],
      ["pb.Greeter", "service", ["greeter-9", "greeter-10"]],
      ["grpc.health.v1.Health", "service", ["greeter-10"]],
    ]);
  });

  it("groups by source, or not at all", () => {
    expect(groupInstances(catalog.instances, "source", undefined).map((group) => group.name)).toEqual(["embedded", "etcd"]);
    expect(groupInstances(catalog.instances, "none", undefined).map((group) => group.instances.length)).toEqual([3]);
    expect(groupInstances([], "none", undefined)).toEqual([]);
  });
});

it("counts every state, those that nobody is in as well", () => {
  expect(stateFacet(catalog.instances)).toEqual([
    { value: "healthy", count: 1 },
    { value: "failing", count: 1 },
    { value: "last known", count: 0 },
    { value: "evicted", count: 1 },
  ]);
  expect(facetOf(catalog.instances, (instance) => [instance.protocolName]).map((facet) => facet.value)).toEqual([
    "Connect",
    "gRPC",
    "rpcx",
  ]);
});

it("says how many are healthy and leaves evicted ones out", () => {
  expect(healthText(catalog.instances)).toBe("1 of 2 healthy");
  expect(healthText(catalog.instances.slice(0, 2))).toBe("1 healthy");
  expect(healthText(catalog.instances.slice(0, 1))).toBe("none left");
});

it("reads the address, leaves out what does not fit, and takes a filter away", () => {
  expect(parseRegistrySearch({ state: "sleeping", show: "problems", q: 3, instance: "a" })).toEqual({ show: "problems", instance: "a" });
  expect(changeSearch({ show: "problems", q: "x" }, { show: undefined, source: "etcd" })).toEqual({ q: "x", source: "etcd" });
});
