import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import { HelloReplySchema } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { listen, type TestServer } from "@rpcdeck/testkit";
import http2 from "node:http2";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createCatalog, type Catalog } from "../catalog/catalog.ts";
import type { InstanceProtocol } from "../catalog/instance.ts";
import { createStaticSource } from "../catalog/sources/static.ts";
import { createAddressPolicy } from "../net/address-policy.ts";
import { createConnections } from "../net/connections.ts";
import { createConnectCodec } from "../outbound/connect.ts";
import { createOpenDuplex } from "../outbound/duplex.ts";
import { createGrpcCodec } from "../outbound/grpc.ts";
import { createGrpcWebCodec } from "../outbound/grpc-web.ts";
import { testInstance } from "../test-gateway.ts";
import { keepHealthChecked } from "./health-checks.ts";

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  await cleanup.disposeAsync();
  cleanup = new AsyncDisposableStack();
});

/** A server whose health can be set, with as much of the health service as it is given. */
async function startServer(methods: readonly ("watch" | "check")[], port = 0) {
  const asked: string[] = [];
  let status: Status = Status.SERVING;
  let wake: () => void = () => undefined;
  const routes = (router: ConnectRouter): void => {
    router.rpc(Greeter.method.sayHello, () => create(HelloReplySchema));
    if (methods.includes("check")) {
      router.rpc(Health.method.check, () => {
        asked.push("check");
        return { status };
      });
    }
    if (methods.includes("watch")) {
      router.rpc(Health.method.watch, async function* (_request, { signal }) {
        asked.push("watch");
        signal.addEventListener("abort", () => wake());
        while (!signal.aborted) {
          yield { status };
          await new Promise<void>((resolve) => (wake = resolve));
        }
        throw new ConnectError("gone", Code.Canceled);
      });
    }
  };
  const server: TestServer = await listen(http2.createServer(connectNodeAdapter({ routes })), port);
  return {
    ...server,
    asked,
    set(to: Status) {
      status = to;
      wake();
    },
  };
}

/** A catalog of one instance that is checked every 20 ms. */
function checked(address: string, protocol: InstanceProtocol): Catalog {
  const connections = createConnections({ policy: createAddressPolicy() });
  const context = { connections, maxMessageBytes: 1024 * 1024 };
  const codecs = { grpc: createGrpcCodec(context), connect: createConnectCodec(context), "grpc-web": createGrpcWebCodec(context) };
  const catalog = createCatalog({ sources: [createStaticSource([testInstance(address, protocol)])] });
  const checks = keepHealthChecked({
    catalog,
    open: createOpenDuplex(codecs, context),
    policy: connections.policy,
    timeoutMs: 2_000,
    intervalMs: 20,
    isChecked: () => true,
  });
  cleanup.defer(() => {
    checks.close();
    catalog.close();
    connections.close();
  });
  return catalog;
}

const healthOf = (catalog: Catalog) => catalog.state().entries[0]?.health;
const events = (catalog: Catalog) =>
  catalog
    .state()
    .events.map(({ kind, detail }) => `${kind}: ${detail}`)
    .slice(1);

describe.each(["grpc", "connect", "grpc-web"] as const)("an instance of %s", (protocol) => {
  test("is watched where it can be", async () => {
    const server = await startServer(["watch", "check"]);
    cleanup.defer(() => server.close());
    const catalog = checked(server.address, protocol);
    await vi.waitFor(() => expect(server.asked).toContain("watch"));
    server.set(Status.NOT_SERVING);
    await vi.waitFor(() => expect(healthOf(catalog)).toMatchObject({ kind: "failing", reason: "its health check says NOT_SERVING" }));
    server.set(Status.SERVING);
    await vi.waitFor(() => expect(healthOf(catalog)).toEqual({ kind: "healthy" }));
    expect(server.asked).toEqual(["watch"]);
    expect(events(catalog)).toEqual(["health-failed: its health check says NOT_SERVING", "recovered: its health check passes"]);
  });

  test("is asked again and again where it cannot be watched", async () => {
    const server = await startServer(["check"]);
    cleanup.defer(() => server.close());
    const catalog = checked(server.address, protocol);
    server.set(Status.NOT_SERVING);
    await vi.waitFor(() => expect(healthOf(catalog)?.kind).toBe("failing"));
    server.set(Status.SERVING);
    await vi.waitFor(() => expect(healthOf(catalog)?.kind).toBe("healthy"));
    expect(server.asked.length).toBeGreaterThan(1);
  });

  test("that answers its health check with something else is connected to", async () => {
    let connections = 0;
    const server = http2.createServer((request, response) => {
      const type = request.headers["content-type"] ?? "";
      request.resume();
      response.writeHead(200, { "content-type": type });
      // A field that announces 127 bytes and has one; in an envelope, which unary Connect has not.
      const message = Buffer.from([0x0a, 0x7f, 0x01]);
      response.end(type === "application/proto" ? message : Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
    });
    server.on("connection", () => connections++);
    const listening = await listen(server);
    cleanup.defer(() => listening.close());
    const catalog = checked(listening.address, protocol);
    // Calls share one connection; each check that only connects has its own.
    await vi.waitFor(() => expect(connections).toBeGreaterThan(3));
    expect(healthOf(catalog)?.kind).not.toBe("failing");
  });

  test("without a health service is connected to, and found again after a restart", async () => {
    const server = await startServer([]);
    const catalog = checked(server.address, protocol);
    await server.close();
    await vi.waitFor(() => expect(healthOf(catalog)?.kind).toBe("failing"));
    expect(healthOf(catalog)).toMatchObject({ reason: `${server.address}: connection refused` });
    const again = await startServer(["check"], Number(server.address.split(":")[1]));
    cleanup.defer(() => again.close());
    await vi.waitFor(() => expect(healthOf(catalog)?.kind).toBe("healthy"), 5_000);
    await vi.waitFor(() => expect(again.asked.length).toBeGreaterThan(1));
  });
});
