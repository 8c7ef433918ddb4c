import { readTunnelMessage, tunnelTypes, writeTunnelMessage } from "@rpcdeck/frames";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { ServerReflection } from "@rpcdeck/protocol/grpc/reflection/v1/reflection_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter, HelloReplySchema, HelloRequestSchema } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { CatalogService } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { SchemaService } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import { TunnelEndSchema, TunnelStartSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { parseConfig } from "./config.ts";
import { createGateway, type Gateway } from "./server.ts";
import { type DemoProcess, startDemoProcess } from "./services/demo-process.ts";

const root = new URL("../../../", import.meta.url);
let gateway: Gateway;
let address: string;
let demo: DemoProcess;

async function start(...argv: string[]): Promise<Gateway> {
  const parsed = parseConfig(["--listen", "127.0.0.1:0", "--no-demo", ...argv], {}, (path) => readFileSync(path, "utf8"));
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  return createGateway(parsed.config, {
    version: "0.0.0",
    bootId: "boot",
    log: pino({ level: "silent" }),
    webRoot: fileURLToPath(new URL("no-such-folder", root)),
    descriptors: readFileSync(new URL("packages/protocol/descriptors.binpb", root)),
  });
}

beforeAll(async () => {
  gateway = await start();
  address = await gateway.listen();
  demo = await startDemoProcess(
    { name: "addressbook-1", service: "addressbook", protocol: "grpc", zone: "a", services: [AddressBookService.typeName, Chat.typeName] },
    { execPath: process.execPath, entry: fileURLToPath(new URL("apps/demo/src/main.ts", root)), registry: address, token: undefined },
  );
  await catalogWith((services) => services.includes(Chat.typeName));
});

afterAll(async () => {
  await demo.stop();
  await gateway.close(1_000);
});

/** Waits on the live catalog until its services fit. */
async function catalogWith(fits: (services: string[]) => boolean): Promise<void> {
  const client = createClient(CatalogService, createConnectTransport({ baseUrl: address, httpVersion: "2" }));
  for await (const { catalog } of client.watchCatalog({})) {
    if (fits(catalog?.services.map((service) => service.name) ?? [])) return;
  }
}

for (const [name, transport] of [
  ["Connect over HTTP/1.1", () => createConnectTransport({ baseUrl: address, httpVersion: "1.1" })],
  ["Connect JSON over HTTP/2", () => createConnectTransport({ baseUrl: address, httpVersion: "2", useBinaryFormat: false })],
  ["gRPC", () => createGrpcTransport({ baseUrl: address })],
  ["gRPC-Web over HTTP/1.1", () => createGrpcWebTransport({ baseUrl: address, httpVersion: "1.1" })],
] as const) {
  test(`${name} reaches Greeter in the gateway and AddressBook in another process`, async () => {
    expect((await createClient(Greeter, transport()).sayHello({ name })).message).toBe(`hello ${name}`);
    let servedBy = "";
    const answer = await createClient(AddressBookService, transport()).addPerson(
      { name, accountNumber: 9_007_199_254_740_993n },
      {
        headers: { "rpcdeck-target": "embedded/pb.AddressBookService/addressbook-1" },
        onHeader: (headers) => (servedBy = headers.get("rpcdeck-instance") ?? ""),
      },
    );
    expect(answer).toMatchObject({ servedBy: "addressbook-1", person: { name, accountNumber: 9_007_199_254_740_993n } });
    expect(servedBy).toBe("embedded/pb.AddressBookService/addressbook-1");
  });
}

test("a conversation goes through the gateway message by message", async () => {
  const client = createClient(Chat, createGrpcTransport({ baseUrl: address }));
  const texts = ["hello", "burst 3"];
  const answers: string[] = [];
  async function* requests() {
    for (const text of texts) yield { text };
  }
  for await (const answer of client.converse(requests())) answers.push(answer.text);
  expect(answers).toEqual(["hello to you", "burst 1 of 3", "burst 2 of 3", "burst 3 of 3"]);
});

test("reflection lists what can be routed and serves its files", async () => {
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: address }));
  async function* asks() {
    yield { messageRequest: { case: "listServices" as const, value: "" } };
    yield { messageRequest: { case: "fileContainingSymbol" as const, value: Chat.typeName } };
  }
  const answers = [];
  for await (const answer of client.serverReflectionInfo(asks())) answers.push(answer.messageResponse);
  const [list, files] = answers;
  const names = list?.case === "listServicesResponse" ? list.value.service.map((service) => service.name) : [];
  for (const name of [Greeter.typeName, Chat.typeName, Health.typeName, "etcdserverpb.KV", "rpcdeck.v1.CatalogService"])
    expect(names).toContain(name);
  expect(files?.case === "fileDescriptorResponse" && files.value.fileDescriptorProto.length).toBeGreaterThan(3);
});

test("health knows the gateway, what it routes and what nobody has", async () => {
  const client = createClient(Health, createGrpcTransport({ baseUrl: address }));
  for (const service of ["", Greeter.typeName, Chat.typeName]) expect((await client.check({ service })).status).toBe(Status.SERVING);
  await expect(client.check({ service: "no.Such" })).rejects.toMatchObject({ code: Code.NotFound });
});

test("a call goes through the tunnel", async () => {
  const socket = new WebSocket(`${address.replace("http", "ws")}/-/tunnel`, "rpcdeck.tunnel.v1");
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const ended = new Promise<{ reply: string; code: number }>((resolve) => {
    let reply = "";
    socket.on("message", (data: Buffer) => {
      const message = readTunnelMessage(data)!;
      if (message.type === tunnelTypes.messageDown) reply = fromBinary(HelloReplySchema, message.payload.subarray(1)).message;
      if (message.type === tunnelTypes.endDown) resolve({ reply, code: fromBinary(TunnelEndSchema, message.payload).code });
    });
  });
  const begin = create(TunnelStartSchema, { path: "/pb.Greeter/SayHello", codec: "proto" });
  socket.send(writeTunnelMessage(1, tunnelTypes.start, toBinary(TunnelStartSchema, begin)));
  socket.send(writeTunnelMessage(1, tunnelTypes.message, toBinary(HelloRequestSchema, create(HelloRequestSchema, { name: "tunnel" })), 0));
  socket.send(writeTunnelMessage(1, tunnelTypes.halfClose, new Uint8Array()));
  expect(await ended).toEqual({ reply: "hello tunnel", code: 0 });
  socket.close();
  await new Promise((resolve) => socket.once("close", resolve));
});

test("a foreign page is refused before anything is routed", async () => {
  const headers = { "content-type": "application/json" };
  const foreign = await fetch(`${address}/pb.Greeter/SayHello`, {
    method: "POST",
    headers: { ...headers, origin: "https://evil.example" },
    body: "{}",
  });
  expect(foreign.status).toBe(403);
  const own = await fetch(`${address}/pb.Greeter/SayHello`, {
    method: "POST",
    headers: { ...headers, origin: address },
    body: `{"name":"me"}`,
  });
  expect(await own.json()).toEqual({ message: "hello me" });
});

test("GET calls what has no side effects, and nothing else", async () => {
  const ask = `connect=v1&encoding=json&message=${encodeURIComponent(`{"id":1}`)}`;
  for (const target of ["gateway/gateway", "embedded/pb.AddressBookService/addressbook-1"]) {
    const headers = { "rpcdeck-target": target };
    const found = await fetch(`${address}/pb.AddressBookService/GetPerson?${ask}`, { headers });
    expect(await found.json()).toMatchObject({ name: "lijiahao" });
    const refused = await fetch(`${address}/pb.AddressBookService/AddPerson?${ask}`, { headers });
    expect(refused.status).toBe(405);
  }
});

test("what a fault is, is told in a detail to whoever watches the call", async () => {
  const client = createClient(Greeter, createConnectTransport({ baseUrl: address, httpVersion: "2" }));
  const error = await client
    .sayHello({}, { headers: { "rpcdeck-target": "127.0.0.1:1", "rpcdeck-call": "0123456789abcdef".repeat(2) } })
    .catch((reason: unknown) => ConnectError.from(reason));
  expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: expect.stringContaining("127.0.0.1:1") });
  expect((error as ConnectError).details[0]).toMatchObject({ type: "rpcdeck.v1.GatewayFault" });
});

test("a target is inspected step by step, and its schema can be had by id", async () => {
  const client = createClient(SchemaService, createConnectTransport({ baseUrl: address, httpVersion: "2" }));
  const report = await client.inspectTarget({ target: demo.address });
  expect(report).toMatchObject({ url: `grpc://${demo.address}`, services: expect.arrayContaining([Chat.typeName]) });
  const { schemas } = await client.getSchemas({ ids: [report.schemaId, "no-such"] });
  expect(schemas.map((schema) => schema.id)).toEqual([report.schemaId]);
  const chat = schemas[0]?.files?.file.find((file) => file.name === "rpcdeck/demo/v1/chat.proto");
  expect(chat?.sourceCodeInfo?.location.length).toBeGreaterThan(0);
});

test("a schema is uploaded, used for JSON, and an unknown id is refused before anything is dialled", async () => {
  const client = createClient(SchemaService, createConnectTransport({ baseUrl: address, httpVersion: "2" }));
  const content = readFileSync(new URL("protos/pb/greeter.proto", root));
  const upload = await client.uploadSchema({ files: [{ path: "pb/greeter.proto", content }] });
  expect(upload).toMatchObject({ problems: [], schemaId: expect.stringMatching(/^[0-9a-f]{64}$/u) });
  const post = (schema: string) =>
    fetch(`${address}/pb.Greeter/SayHello`, {
      method: "POST",
      headers: { "content-type": "application/json", "rpcdeck-target": "grpc://127.0.0.1:1", "rpcdeck-schema": schema },
      body: `{"name":"x"}`,
    }).then(async (response) => (await response.json()) as { code: string; message: string });
  expect(await post("f".repeat(64))).toMatchObject({ code: "failed_precondition", message: expect.stringContaining("ffff") });
  expect(await post(upload.schemaId)).toMatchObject({ code: "unavailable" });
  const bad = await client.uploadSchema({ files: [{ path: "x.proto", content: new TextEncoder().encode('syntax = "proto3"\n') }] });
  expect(bad).toMatchObject({ schemaId: "", problems: [{ path: "x.proto", line: 2 }] });
});

test("instances that agree on a service count as one schema", async () => {
  const client = createClient(CatalogService, createConnectTransport({ baseUrl: address, httpVersion: "2" }));
  const { catalog } = await client.getCatalog({});
  expect(catalog?.services.find((service) => service.name === AddressBookService.typeName)).toMatchObject({
    instanceIds: ["gateway/gateway", "embedded/pb.AddressBookService/addressbook-1"],
    otherSchemaIds: [],
  });
});

test("it compresses for a browser what a browser cannot, and undoes it", async () => {
  const client = createClient(GatewayService, createConnectTransport({ baseUrl: address, httpVersion: "1.1" }));
  const bytes = new Uint8Array(5000).fill(7);
  for (const encoding of ["br", "zstd", "gzip"]) {
    const { bytes: small } = await client.compress({ bytes, encoding });
    expect(small.length).toBeLessThan(100);
    expect(new Uint8Array((await client.decompress({ bytes: small, encoding })).bytes)).toEqual(bytes);
  }
  await expect(client.compress({ bytes, encoding: "lzw" })).rejects.toMatchObject({ code: Code.InvalidArgument });
});

test("it says who it is", async () => {
  const client = createClient(GatewayService, createConnectTransport({ baseUrl: address, httpVersion: "1.1" }));
  expect(await client.getInfo({})).toMatchObject({
    version: "0.0.0",
    bootId: "boot",
    listen: address,
    demo: false,
    maxMessageBytes: 16_777_216n,
    pageBuild: "",
    unixTargets: false,
  });
});

test("it has protoc read a message for the page", async () => {
  const client = createClient(GatewayService, createConnectTransport({ baseUrl: address, httpVersion: "1.1" }));
  const files = create(FileDescriptorSetSchema, { file: [HelloRequestSchema.file.proto] });
  const ask = { typeName: HelloRequestSchema.typeName, files };
  const bytes = toBinary(HelloRequestSchema, create(HelloRequestSchema, { name: "Ada" }));
  expect(await client.decodeWithProtoc({ ...ask, bytes })).toMatchObject({ result: { case: "text", value: 'name: "Ada"\n' } });
  expect(await client.decodeWithProtoc({ ...ask, bytes: bytes.subarray(1) })).toMatchObject({ result: { case: "refusal" } });
  await expect(client.decodeWithProtoc({ bytes, typeName: "pb.Nobody", files })).rejects.toMatchObject({ code: Code.InvalidArgument });
  await expect(client.decodeWithProtoc({ ...ask, bytes: new Uint8Array(1024 * 1024 + 1) })).rejects.toMatchObject({
    code: Code.ResourceExhausted,
    rawMessage: "the message of 1048577 bytes is more than the limit of 1048576",
  });
});

test("a second gateway on the same port fails and leaves nothing behind", async () => {
  const port = new URL(address).port;
  const second = await start("--no-embedded-registry");
  const third = await createSecond(port);
  await expect(third.listen()).rejects.toMatchObject({ code: "EADDRINUSE" });
  await third.close(0);
  await second.close(0);
});

async function createSecond(port: string): Promise<Gateway> {
  const parsed = parseConfig(["--listen", `127.0.0.1:${port}`, "--no-demo"], {}, () => "");
  if (parsed.kind !== "run") throw new Error("no config");
  return createGateway(parsed.config, {
    version: "0.0.0",
    bootId: "boot",
    log: pino({ level: "silent" }),
    webRoot: "/no/such",
    descriptors: readFileSync(new URL("packages/protocol/descriptors.binpb", root)),
  });
}
