import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { createClient, Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { CatalogService, type Instance, Instance_Health } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { root } from "../scripts/steps.ts";
import { missingPeer, startEtcd, startGateway, startGoPeer, type Program } from "./programs.ts";

const noGo = missingPeer("go");
const noEtcd = missingPeer("etcd");

/** What the gateway's catalog says about one registered name. */
async function registered(gateway: string, name: string): Promise<Instance[]> {
  const catalog = createClient(CatalogService, createConnectTransport({ baseUrl: gateway, httpVersion: "1.1" }));
  const { catalog: answer } = await catalog.getCatalog({});
  return (answer?.instances ?? []).filter((instance) => instance.registeredAs === name && instance.evictedAt === undefined);
}

describe.skipIf(noGo !== undefined)("grpc-go programs that know only clientv3 and the naming convention", () => {
  let gateway: Program;
  beforeAll(async () => {
    gateway = await startGateway("--no-demo");
  });
  afterAll(async () => {
    await gateway.stop();
  });

  test("register in the embedded registry, are called over every protocol, and are resolved from it", async () => {
    const etcd = new URL(gateway.address).host;
    const greeter = await startGoPeer("greeter", "-etcd", etcd, "-target", "greeter-go");
    try {
      await vi.waitFor(async () => expect((await registered(gateway.address, "greeter-go"))[0]?.services).toContain("pb.Greeter"), 10_000);
      for (const transport of [
        createConnectTransport({ baseUrl: gateway.address, httpVersion: "1.1" }),
        createConnectTransport({ baseUrl: gateway.address, httpVersion: "1.1", useBinaryFormat: false }),
        createGrpcWebTransport({ baseUrl: gateway.address, httpVersion: "1.1" }),
        createGrpcTransport({ baseUrl: gateway.address }),
      ]) {
        let instance: string | null = null;
        const [entry] = await registered(gateway.address, "greeter-go");
        const reply = await createClient(Greeter, transport).sayHello(
          { name: "李" },
          {
            headers: { "rpcdeck-target": entry?.id ?? "" },
            onHeader: (headers) => (instance = headers.get("rpcdeck-instance")),
          },
        );
        expect(reply.message).toBe("hello 李");
        expect(instance).toContain("greeter-go");
      }
      const resolved = spawnSync(join(root, "peers/bin/resolve"), ["-etcd", etcd, "-target", "greeter-go", "-name", "etcd"], {
        encoding: "utf8",
      });
      expect(resolved.status, resolved.stderr).toBe(0);
      expect(resolved.stdout).toBe(`hello etcd ${greeter.address}\n`);
    } finally {
      await greeter.stop();
    }
    await vi.waitFor(async () => expect(await registered(gateway.address, "greeter-go")).toEqual([]), 5000);
  });

  test("are watched by their health service, and left out while it says so", async () => {
    await using running = new AsyncDisposableStack();
    const peers = await Promise.all([startGoPeer("greeter"), startGoPeer("greeter")]);
    for (const peer of peers) running.defer(() => peer.stop());
    const own = await startGateway("--no-demo", ...peers.flatMap(({ address }) => ["--target", `pb.Greeter=grpc://${address}`]));
    running.defer(() => own.stop());
    const [sick, well] = peers;
    const health = async (address: string | undefined): Promise<string> => {
      const catalog = createClient(CatalogService, createConnectTransport({ baseUrl: own.address, httpVersion: "1.1" }));
      const found = (await catalog.getCatalog({})).catalog?.instances.find((instance) => instance.address === address);
      return `${found?.health === Instance_Health.HEALTHY ? "HEALTHY" : "FAILING"} ${found?.problem ?? ""}`;
    };
    await vi.waitFor(async () => expect(await health(sick?.address)).toBe("HEALTHY "), 10_000);
    await vi.waitFor(
      async () => {
        sick?.child.kill("SIGUSR1"); // again, for the gateway's own service is there before the first check
        expect(await health(sick?.address)).toBe("FAILING its health check says NOT_SERVING");
      },
      { timeout: 10_000 },
    );
    const client = createClient(Greeter, createGrpcTransport({ baseUrl: own.address }));
    const answered: string[] = [];
    for (let call = 0; call < 9; call++) {
      await client.sayHello({ name: "x" }, { onHeader: (headers) => answered.push(headers.get("rpcdeck-instance") ?? "") });
    }
    expect(answered.filter((id) => id.includes(well?.address ?? "none")).length).toBeGreaterThan(2);
    expect(answered.filter((id) => id.includes(sick?.address ?? "none"))).toEqual([]);
    sick?.child.kill("SIGUSR2");
    await vi.waitFor(async () => expect(await health(sick?.address)).toBe("HEALTHY "), { timeout: 10_000 });
    await sick?.stop();
    await vi.waitFor(async () => expect(await health(sick?.address)).toContain("FAILING"), { timeout: 15_000 });
  });

  test("are called by typed address in all four kinds, with no registry at all", async () => {
    const peer = await startGoPeer("addressbook");
    try {
      const headers = { "rpcdeck-target": `grpc://${peer.address}` };
      const transport = createGrpcTransport({ baseUrl: gateway.address });
      const book = createClient(AddressBookService, transport);
      const added = await book.addPerson({ name: "lijiahao", id: 7, accountNumber: 18446744073709551615n }, { headers });
      expect(added).toMatchObject({ created: true, person: { name: "lijiahao", accountNumber: 18446744073709551615n } });
      const imported = await book.importPeople(
        (async function* () {
          yield { name: "ada", id: 8 };
          yield { name: "grace", id: 9 };
        })(),
        { headers },
      );
      expect(imported).toMatchObject({ added: 2, replaced: 0 });
      const names: string[] = [];
      for await (const person of book.listPeople({}, { headers })) names.push(person.name);
      expect(names).toEqual(["lijiahao", "ada", "grace"]);
      const heard: string[] = [];
      for await (const answer of createClient(Chat, transport).converse(
        (async function* () {
          yield { text: "one" };
          yield { text: "two" };
        })(),
        { headers },
      )) {
        heard.push(`${answer.seq} ${answer.text}`);
      }
      expect(heard).toEqual(["1 you said one", "2 you said two"]);
      const missing = await book.getPerson({ id: 1234 }, { headers }).catch((error: unknown) => ConnectError.from(error));
      expect(missing).toMatchObject({ code: Code.NotFound, rawMessage: "nobody has id 1234" });
    } finally {
      await peer.stop();
    }
  });
});

describe.skipIf(noGo !== undefined || noEtcd !== undefined)("a real etcd", () => {
  test("shows what is registered there, and evicts it when it is gone", async () => {
    await using running = new AsyncDisposableStack();
    const start = async (program: Promise<Program>): Promise<Program> => {
      const started = await program;
      running.defer(() => started.stop());
      return started;
    };
    const etcd = await start(startEtcd());
    const gateway = await start(startGateway("--no-demo", "--registry", `etcd://${etcd.address}`));
    const greeter = await start(startGoPeer("greeter", "-etcd", etcd.address, "-target", "greeter-real"));
    await vi.waitFor(async () => expect((await registered(gateway.address, "greeter-real"))[0]?.services).toContain("pb.Greeter"), 10_000);
    expect((await registered(gateway.address, "greeter-real"))[0]?.source).toBe("etcd");
    await greeter.stop();
    await vi.waitFor(async () => expect(await registered(gateway.address, "greeter-real")).toEqual([]), 5000);
  });
});
