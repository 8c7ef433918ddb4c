import { type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createGreeter } from "@rpcdeck/demo/services/greeter.ts";
import { ServerReflection } from "@rpcdeck/protocol/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "@rpcdeck/protocol/grpc/reflection/v1alpha/reflection_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Provenance } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import { afterEach, expect, test } from "vitest";
import type { Instance, InstanceProtocol } from "../catalog/instance.ts";
import { createAddressPolicy } from "../net/address-policy.ts";
import { createConnections } from "../net/connections.ts";
import { createConnectCodec } from "../outbound/connect.ts";
import { createOpenDuplex } from "../outbound/duplex.ts";
import { createGrpcCodec } from "../outbound/grpc.ts";
import { createGrpcWebCodec } from "../outbound/grpc-web.ts";
import { fixedReflection, registerReflection } from "@rpcdeck/services";
import { defaultReflectionLimits, reflect } from "./reflection-client.ts";
import { createStoredSchema } from "./stored-schema.ts";

const descriptors = readFileSync(new URL("../../../../packages/protocol/descriptors.binpb", import.meta.url));
const connections = createConnections({ policy: createAddressPolicy() });
const context = { connections, maxMessageBytes: 16 * 1024 * 1024 };
const open = createOpenDuplex(
  { grpc: createGrpcCodec(context), connect: createConnectCodec(context), "grpc-web": createGrpcWebCodec(context) },
  context,
);

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listen(server: net.Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => sockets.add(socket));
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

const h2Server = (routes: (router: ConnectRouter) => void) => listen(http2.createServer(connectNodeAdapter({ routes })));
const h1Server = (routes: (router: ConnectRouter) => void) => listen(http.createServer(connectNodeAdapter({ routes })));

function instanceAt(address: string, protocol: InstanceProtocol = "grpc"): Instance {
  return {
    id: `test/${address}`,
    label: address,
    source: "static",
    registeredAs: address,
    services: undefined,
    protocol,
    protocolName: protocol,
    address,
    tls: { kind: "plaintext" },
    metadata: [],
    labels: {},
    weight: 1,
    version: "",
    lease: undefined,
    revision: 0n,
    raw: undefined,
  };
}

const run = (instance: Instance, more: object = {}) => reflect(instance, { open, signal: new AbortController().signal, ...more });

const chat = fixedReflection(descriptors, ["rpcdeck.demo.v1.Chat", "pb.Greeter"]);

test("reads services and all their files over v1", async () => {
  const address = await h2Server((router) => registerReflection(router, chat));
  const result = await run(instanceAt(address));
  if (result.kind !== "reflected") throw new Error(result.problem);
  expect(result.provenance).toBe(Provenance.REFLECTION_V1);
  expect(result.services).toEqual(["pb.Greeter", "rpcdeck.demo.v1.Chat"]);
  expect(result.problems).toEqual([]);
  const schema = createStoredSchema(result.files.map((file) => ({ file, provenance: result.provenance })));
  expect(schema.problems).toEqual([]);
  expect(schema.registry.getService("rpcdeck.demo.v1.Chat")?.methods.length).toBe(5);
});

test("falls back to v1alpha", async () => {
  const address = await h2Server((router) => {
    const all: ConnectRouter = {
      handlers: [],
      rpc: () => all,
      service: (service, impl) => (service.typeName === ServerReflectionAlpha.typeName ? (router.service(service, impl), all) : all),
    };
    registerReflection(all, chat);
  });
  expect(await run(instanceAt(address))).toMatchObject({ kind: "reflected", provenance: Provenance.REFLECTION_V1ALPHA });
});

test("a server without reflection is unsupported", async () => {
  const address = await h2Server((router) => router.service(Greeter, createGreeter()));
  expect(await run(instanceAt(address))).toMatchObject({ kind: "failed", reason: "unsupported" });
});

test("nobody there is unreachable, naming the address", async () => {
  const server = net.createServer();
  const address = await listen(server);
  cleanups.pop()!();
  const result = await run(instanceAt(address));
  expect(result).toMatchObject({ kind: "failed", reason: "unreachable" });
  expect(result.kind === "failed" && result.problem).toContain(address);
});

for (const protocol of ["connect", "grpc-web"] as const) {
  test(`a ${protocol} backend on HTTP/2 is asked over gRPC`, async () => {
    const address = await h2Server((router) => registerReflection(router, chat));
    expect(await run(instanceAt(address, protocol))).toMatchObject({ kind: "reflected", services: ["pb.Greeter", "rpcdeck.demo.v1.Chat"] });
  });
}

test("a server that ends its stream after each error is asked on in new streams", async () => {
  const address = await h2Server((router) => {
    const inner: ConnectRouter = {
      handlers: [],
      rpc: () => inner,
      service: (service, impl) => {
        if (service.typeName !== ServerReflection.typeName) return inner;
        router.service(ServerReflection, {
          async *serverReflectionInfo(requests, handler) {
            const original = (impl as { serverReflectionInfo: (r: unknown, h: unknown) => AsyncIterable<never> }).serverReflectionInfo;
            for await (const response of original(requests, handler)) {
              yield response;
              if ((response as { messageResponse: { case: string } }).messageResponse.case === "errorResponse") return;
            }
          },
        });
        return inner;
      },
    };
    registerReflection(inner, fixedReflection(descriptors, ["no.Such", "also.Missing", "pb.Greeter", "rpcdeck.demo.v1.Chat"]));
  });
  const result = await run(instanceAt(address));
  if (result.kind !== "reflected") throw new Error(result.problem);
  expect(result.problems.filter((problem) => problem.includes("there is no symbol"))).toHaveLength(2);
  expect(result.files.map((file) => file.name)).toContain("rpcdeck/demo/v1/chat.proto");
});

test("nonsense answers are broken, not a crash", async () => {
  const address = await h2Server((router) =>
    router.service(ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const _ of requests)
          yield {
            messageResponse: { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto: [new Uint8Array([255, 1, 2])] } },
          };
      },
    }),
  );
  expect(await run(instanceAt(address))).toMatchObject({ kind: "failed" });
});

test("a server that never answers is given up after the time limit", async () => {
  const address = await h2Server((router) =>
    router.service(ServerReflection, {
      // oxlint-disable-next-line require-yield
      async *serverReflectionInfo(_, handler) {
        await new Promise((resolve) => handler.signal.addEventListener("abort", resolve));
      },
    }),
  );
  const result = await run(instanceAt(address), { limits: { ...defaultReflectionLimits, timeoutMs: 200 } });
  expect(result).toMatchObject({ kind: "failed", problem: expect.stringContaining("200 ms") });
});

test("the caller's metadata goes along and a refusal is told apart", async () => {
  const address = await h2Server((router) => {
    router.service(ServerReflection, {
      async *serverReflectionInfo(requests, handler) {
        const { Code, ConnectError } = await import("@connectrpc/connect");
        if (handler.requestHeader.get("authorization") !== "Bearer x") throw new ConnectError("who are you", Code.Unauthenticated);
        for await (const _ of requests) yield { messageResponse: { case: "listServicesResponse" as const, value: { service: [] } } };
      },
    });
  });
  expect(await run(instanceAt(address))).toMatchObject({ kind: "failed", reason: "refused" });
  expect(await run(instanceAt(address), { metadata: [["authorization", "Bearer x"]] })).toMatchObject({ kind: "reflected", services: [] });
});

test("limits leave files out and say so", async () => {
  const address = await h2Server((router) => registerReflection(router, chat));
  const result = await run(instanceAt(address), { limits: { ...defaultReflectionLimits, maxFiles: 2 } });
  if (result.kind !== "reflected") throw new Error(result.problem);
  expect(result.files).toHaveLength(2);
  expect(result.problems[0]).toContain("left out");
});

test("an HTTP/1.1 backend of Connect without gRPC is not reflected, and says why", async () => {
  const address = await h1Server((router) => router.service(Greeter, createGreeter()));
  expect(await run(instanceAt(address, "connect"))).toMatchObject({ kind: "failed" });
});
