import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import {
  type Catalog as ShownCatalog,
  CatalogService,
  Instance_Health as Health,
  Protocol,
  Source_State as State,
} from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Catalog, createCatalog } from "../catalog/catalog.ts";
import { createGatewaySource, gatewayInstance } from "../catalog/sources/gateway.ts";
import { createCatalogService } from "./catalog.ts";
import { createEmbeddedEtcd, type EmbeddedEtcd } from "./etcd/embedded-etcd.ts";
import { createEmbeddedSource } from "./etcd/embedded-source.ts";

let etcd: EmbeddedEtcd;
let catalog: Catalog;

beforeEach(() => {
  etcd = createEmbeddedEtcd();
  const own = gatewayInstance("127.0.0.1:8080", ["pb.Greeter", "arith.v1.Arith"], "0.1.0");
  catalog = createCatalog({ sources: [createGatewaySource(own), createEmbeddedSource(etcd)] });
});

afterEach(() => {
  catalog.close();
  etcd.close();
});

const traffic = {
  snapshot: () => ({
    instances: [{ instanceId: "i", callsPerSecond: [1, 2], calls: 3, errors: 1, p50Ms: 1.500000299 }],
    ticks: [{ seq: 1, service: "pb.Greeter", instanceId: "i", code: 14, atMs: 1_000 }],
  }),
};
const client = () =>
  createClient(
    CatalogService,
    createRouterTransport((router) =>
      router.service(
        CatalogService,
        createCatalogService({ catalog, traffic, fleetProcessAt: (address) => (address === "127.0.0.1:9" ? "greeter-1" : undefined) }),
      ),
    ),
  );

function register(key: string, address: string, ttlSeconds: bigint): bigint {
  const { id } = etcd.leases.grant(ttlSeconds, 0n);
  const value = JSON.stringify({ Op: 0, Addr: address, Metadata: { "rpcdeck.protocol": "connect", version: "2" } });
  etcd.store.commit("write", (transaction) => transaction.put(Buffer.from(key), Buffer.from(value), id));
  return id;
}

test("streams the catalog now and after each change, and answers leases", async () => {
  const stop = new AbortController();
  const stream = client().watchCatalog({}, { signal: stop.signal })[Symbol.asyncIterator]();
  let shown: ShownCatalog | undefined = (await stream.next()).value?.catalog;
  expect(shown?.services.map(({ name }) => name)).toEqual(["arith.v1.Arith", "pb.Greeter"]);
  expect(shown?.instances).toMatchObject([
    { id: "gateway/gateway", protocol: Protocol.LOCAL, health: Health.HEALTHY, servicesKnown: true },
  ]);

  const id = register("pb.Greeter/one", "127.0.0.1:9", 60n);
  while (shown?.instances.length !== 2) {
    ({ catalog: shown } = (await stream.next()).value!);
  }
  expect(shown.sources).toMatchObject([
    { name: "gateway", state: State.OK },
    { name: "embedded", kind: "embedded", state: State.OK, addresses: ["in memory"], revision: 2n },
  ]);
  expect(shown.instances[1]).toMatchObject({
    id: "embedded/pb.Greeter/one",
    label: "one",
    protocol: Protocol.CONNECT,
    servicesKnown: false,
    fleetProcess: "greeter-1",
    lease: { id },
    raw: { key: "pb.Greeter/one", convention: "grpc-naming", createRevision: 2n },
    metadata: { version: "2" },
  });
  const { entries } = await client().getLeases({ instanceIds: ["embedded/pb.Greeter/one", "gateway/gateway"] });
  expect(entries).toMatchObject([{ instanceId: "embedded/pb.Greeter/one", granted: { seconds: 60n } }]);

  catalog.learn("embedded/pb.Greeter/one", { services: ["pb.Greeter"], schemaId: "s1", problem: undefined });
  const { catalog: learned } = await client().getCatalog({});
  expect(learned?.services.find(({ name }) => name === "pb.Greeter")).toMatchObject({
    instanceIds: ["gateway/gateway", "embedded/pb.Greeter/one"],
    schemaId: "s1",
  });

  etcd.leases.revoke(id);
  while (shown?.instances[1]?.health !== Health.EVICTED) {
    ({ catalog: shown } = (await stream.next()).value!);
  }
  expect(shown.instances[1]).toMatchObject({ problem: "deregistered", fleetProcess: "" });
  stop.abort();
});

test("answers at most 200 leases at once", async () => {
  const error = await client()
    .getLeases({ instanceIds: Array.from({ length: 201 }, String) })
    .catch((reason: unknown) => ConnectError.from(reason));
  expect(error).toMatchObject({ code: Code.InvalidArgument, rawMessage: "201 instances are more than the limit of 200" });
});

test("streams traffic", async () => {
  const stop = new AbortController();
  const stream = client().watchTraffic({}, { signal: stop.signal })[Symbol.asyncIterator]();
  expect((await stream.next()).value).toMatchObject({
    instances: [{ instanceId: "i", callsPerSecond: [1, 2], calls: 3, errors: 1, p50: { nanos: 1_500_000 } }],
    ticks: [{ seq: 1n, code: 14 }],
  });
  stop.abort();
});
