import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { createGreeter } from "@rpcdeck/demo/services/greeter.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import type net from "node:net";
import { afterAll, afterEach, expect, test } from "vitest";
import { createAddressPolicy } from "../net/address-policy.ts";
import { createConnections } from "../net/connections.ts";
import { probe } from "../net/probe.ts";
import { createConnectCodec } from "../outbound/connect.ts";
import { createOpenDuplex } from "../outbound/duplex.ts";
import { createGrpcCodec } from "../outbound/grpc.ts";
import { createTypedTargets } from "../routing/typed-targets.ts";
import { fixedReflection, registerReflection } from "@rpcdeck/services";
import { inspectTarget } from "./doctor.ts";
import { createSchemaStore } from "./schema-store.ts";
import { createStoredSchema } from "./stored-schema.ts";

const descriptors = readFileSync(new URL("../../../../packages/protocol/descriptors.binpb", import.meta.url));
const policy = createAddressPolicy();
const connections = createConnections({ policy });
const context = { connections, maxMessageBytes: 16 * 1024 * 1024 };
const open = createOpenDuplex({ grpc: createGrpcCodec(context), connect: createConnectCodec(context) }, context);
const probeTyped = (address: string) => probe(address, { policy, trust: "typed" });

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});
afterAll(() => connections.close());

async function listen(server: net.Server): Promise<string> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

const h2 = (routes: (router: ConnectRouter) => void) => listen(http2.createServer(connectNodeAdapter({ routes })));

function inspect(target: string) {
  const store = createSchemaStore({ builtIn: createStoredSchema([]), open, signal: new AbortController().signal });
  const targets = createTypedTargets(probeTyped);
  return inspectTarget(target, [], {
    probe: probeTyped,
    instanceFor: (url) => targets.instanceFor(url),
    learn: (instance, metadata) => store.learn(instance, metadata),
  });
}

const results = (report: { steps: readonly { result: string }[] }) => report.steps.map((step) => step.result);

test("a bare address of a gRPC server with reflection is understood in three steps", async () => {
  const address = await h2((router) => registerReflection(router, fixedReflection(descriptors, ["pb.Greeter"])));
  const report = await inspect(address);
  expect(report).toMatchObject({ url: `grpc://${address}`, protocol: "grpc", services: ["pb.Greeter"], schemaId: expect.any(String) });
  expect(results(report)).toEqual(["ok", "ok", "ok"]);
});

test("without reflection it can still be called, and the advice says how", async () => {
  const address = await h2((router) => router.service(Greeter, createGreeter()));
  const report = await inspect(address);
  expect(report).toMatchObject({ url: `grpc://${address}`, schemaId: undefined });
  expect(report.steps.at(-1)).toMatchObject({ result: "failed", detail: expect.stringContaining("drop .proto files") });
});

test("an HTTP/1.1 server is taken for Connect", async () => {
  const address = await listen(http.createServer(connectNodeAdapter({ routes: (router) => router.service(Greeter, createGreeter()) })));
  const report = await inspect(address);
  expect(report).toMatchObject({ url: `connect+http://${address}`, protocol: "connect" });
  expect(results(report)).toContain("skipped");
});

test("a missing import is named", async () => {
  const set = fromBinary(FileDescriptorSetSchema, descriptors);
  const file = set.file.filter((each) => each.name !== "rpcdeck/demo/v1/kitchen_sink.proto");
  const bytes = toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
  const address = await h2((router) => registerReflection(router, fixedReflection(bytes, ["rpcdeck.demo.v1.Chat"])));
  const report = await inspect(`grpc://${address}`);
  expect(
    report.steps
      .filter((step) => step.title === "Read the files")
      .map((step) => step.detail)
      .join("\n"),
  ).toContain("kitchen_sink.proto");
});

for (const [title, target, detail] of [
  ["nobody there", "127.0.0.1:1", "connection refused"],
  ["nobody there, with a scheme", "grpc://127.0.0.1:1", "connection refused"],
  ["an address that is not called", "grpc://169.254.169.254:80", "does not call"],
  ["a scheme nobody knows", "ftp://h:1", "not a scheme"],
  ["no port", "localhost", "no port"],
] as const) {
  test(`${title} is said in the last step, and there is nothing to call`, async () => {
    const report = await inspect(target);
    expect(report).toMatchObject({ url: undefined, services: [], schemaId: undefined });
    expect(report.steps.at(-1)).toMatchObject({ result: "failed", detail: expect.stringContaining(detail) });
  });
}
