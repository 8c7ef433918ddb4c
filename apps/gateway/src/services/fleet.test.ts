import { createClient, createRouterTransport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { FleetService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Catalog, createCatalog } from "../catalog/catalog.ts";
import { createEmbeddedSource } from "./etcd/embedded-source.ts";
import { type ServedEtcd, serveEtcd } from "./etcd/serve-etcd.ts";
import { createFleet, type Fleet } from "./fleet.ts";

describe("the demo fleet", () => {
  let registry: ServedEtcd;
  let fleet: Fleet;
  let catalog: Catalog;

  beforeAll(async () => {
    registry = await serveEtcd();
    catalog = createCatalog({ sources: [createEmbeddedSource(registry.etcd)] });
    fleet = createFleet({ registry: () => `http://${registry.address}` });
    expect(await fleet.startAll()).toEqual([]);
  });

  afterAll(async () => {
    await fleet.close();
    catalog.close();
    await registry.close();
  });

  const client = () =>
    createClient(
      FleetService,
      createRouterTransport((router) => router.service(FleetService, fleet.service)),
    );
  /** Resolves when the catalog says so. */
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const stop = catalog.onChange(check);
      function check() {
        if (holds()) {
          stop();
          resolve();
        }
      }
      check();
    });
  const labels = () => catalog.all().map(({ label }) => label);
  const eventOf = (instanceId: string) => catalog.state().events.findLast((event) => event.instanceId === instanceId);

  test("registers six processes, each with the protocol it is to be spoken to in", async () => {
    await until(() => labels().length === 6);
    expect(catalog.all().map(({ label, registeredAs, protocol }) => `${label} ${registeredAs} ${protocol}`)).toEqual([
      "arith-1 arith.v1.Arith grpc",
      "arith-2 arith.v1.Arith connect",
      "addressbook-1 pb.AddressBookService grpc",
      "greeter-1 pb.Greeter grpc",
      "greeter-2 pb.Greeter connect",
      "greeter-3 pb.Greeter grpc-web",
    ]);
    const { processes } = await client().listProcesses({});
    expect(processes.every(({ running, address }) => running && fleet.processAt(address) !== undefined)).toBe(true);
  });

  test("answers in all three protocols over h2c", async () => {
    const baseUrl = `http://${catalog.all().find(({ label }) => label === "greeter-1")!.address}`;
    const transports = [
      createGrpcTransport({ baseUrl }),
      createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
      createConnectTransport({ baseUrl, httpVersion: "2" }),
    ];
    for (const transport of transports) {
      expect((await createClient(Greeter, transport).sayHello({ name: "lijiahao" })).message).toBe("hello lijiahao");
    }
  });

  test("makes a process fail and well again", async () => {
    const { process } = await client().setBehaviour({ name: "greeter-2", behaviour: { delayMs: 0, failPercent: 100 } });
    const greeter = createClient(Greeter, createConnectTransport({ baseUrl: `http://${process!.address}`, httpVersion: "2" }));
    await expect(greeter.sayHello({ name: "x" })).rejects.toThrow("told to fail 100 % of calls");
    await client().setBehaviour({ name: "greeter-2", behaviour: { delayMs: 0, failPercent: 0 } });
    expect((await greeter.sayHello({ name: "x" })).message).toBe("hello x");
  });

  test("stops a process, which is gone from the registry at once, and starts it again", async () => {
    await client().stopProcess({ name: "greeter-3" });
    await until(() => !labels().includes("greeter-3"));
    expect(eventOf("embedded/pb.Greeter/greeter-3")?.kind).toBe("deregistered");
    expect((await client().startProcess({ name: "greeter-3" })).process?.running).toBe(true);
    await until(() => labels().includes("greeter-3"));
  });

  test("kills a process, whose lease then runs out", async () => {
    await client().killProcess({ name: "arith-2" });
    expect(labels()).toContain("arith-2");
    await until(() => !labels().includes("arith-2"));
    expect(eventOf("embedded/arith.v1.Arith/arith-2")?.kind).toBe("lease-expired");
    expect(catalog.byId("embedded/arith.v1.Arith/arith-2")?.evicted).toBe(true);
  });

  test("refuses unknown names and unheard-of behaviour", async () => {
    await expect(client().startProcess({ name: "nobody" })).rejects.toThrow('no demo process is called "nobody"');
    await expect(client().setBehaviour({ name: "greeter-1", behaviour: { delayMs: 60_001, failPercent: 0 } })).rejects.toThrow(
      "the limits are 60000 ms",
    );
    await expect(client().stopProcess({ name: "arith-2" })).rejects.toThrow("arith-2 does not run");
  });
});
