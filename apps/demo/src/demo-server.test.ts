import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { BadRequestSchema, ErrorInfoSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "@rpcdeck/protocol/grpc/reflection/v1/reflection_pb.ts";
import { AddressBookService, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Chat, type ConverseRequestSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createRequestQueue } from "@rpcdeck/services";
import { afterEach, describe, expect, test } from "vitest";
import { type DemoServer, type DemoService, startDemoServer } from "./demo-server.ts";

const descriptorSet = readFileSync(new URL("../../../packages/protocol/descriptors.binpb", import.meta.url));
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) {
    await end();
  }
});

async function serve(service: DemoService): Promise<{ readonly server: DemoServer; readonly transport: Transport }> {
  const server = await startDemoServer({ name: "test-1", service, descriptorSet });
  const baseUrl = `http://${server.address}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  ends.push(
    () => server.close(),
    () => sessionManager.abort(),
  );
  return { server, transport: createGrpcTransport({ baseUrl, sessionManager }) };
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.unreachable("the call did not fail"),
    (error: unknown) => ConnectError.from(error),
  );
}

async function all<Message>(stream: AsyncIterable<Message>): Promise<Message[]> {
  const messages: Message[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

describe("arith", () => {
  test("multiplies and divides as Go's int64 does", async () => {
    const client = createClient(Arith, (await serve("arith")).transport);
    expect((await client.mul({ a: 25n, b: 4n })).product).toBe(100n);
    expect((await client.mul({ a: 2n ** 62n, b: 4n })).product).toBe(0n);
    expect(await client.div({ a: -7n, b: 2n })).toMatchObject({ quo: -3n, rem: -1n });
    expect(await client.div({ a: -(2n ** 63n), b: -1n })).toMatchObject({ quo: -(2n ** 63n), rem: 0n });
  });

  test("names the field of a division by zero", async () => {
    const client = createClient(Arith, (await serve("arith")).transport);
    const error = await failure(client.div({ a: 1n, b: 0n }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe("b");
    expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({ reason: "DIVISION_BY_ZERO", metadata: { field: "b" } });
  });

  test("sends a table row by row, and refuses one without end", async () => {
    const client = createClient(Arith, (await serve("arith")).transport);
    expect((await all(client.table({ a: 7n }))).map(({ product }) => product)).toEqual([
      7n,
      14n,
      21n,
      28n,
      35n,
      42n,
      49n,
      56n,
      63n,
      70n,
      77n,
      84n,
    ]);
    expect((await all(client.table({ a: 1n, rows: 1_000 }))).length).toBe(1_000);
    expect((await failure(all(client.table({ rows: 1_000_001 })))).rawMessage).toBe("field rows is 1000001; allowed are 0 to 1000000");
  });
});

describe("the address book", () => {
  test("keeps people, unknown fields and all, and lists them by prefix", async () => {
    const client = createClient(AddressBookService, (await serve("addressbook")).transport);
    const stranger = create(PersonSchema, { name: "lin", accountNumber: 2n ** 64n - 1n, photo: new Uint8Array([1, 2]) });
    stranger.$unknown = [{ no: 99, wireType: 0, data: new Uint8Array([5]) }];
    const added = await client.addPerson(stranger);
    expect(added).toMatchObject({ created: true, servedBy: "test-1", person: { id: 4, name: "lin" } });
    const got = await client.getPerson({ id: 4 });
    expect(got.$unknown).toMatchObject([{ no: 99 }]);
    expect(got.accountNumber).toBe(2n ** 64n - 1n);
    expect((await client.addPerson({ id: 4, name: "lina" })).created).toBe(false);
    expect((await all(client.listPeople({ namePrefix: "li" }))).map(({ name }) => name)).toEqual(["lijiahao", "lina"]);
    expect(await all(client.listPeople({ limit: 2 }))).toHaveLength(2);
    expect((await failure(client.getPerson({ id: 77 }))).code).toBe(Code.NotFound);
  });

  test("imports a stream of people", async () => {
    const client = createClient(AddressBookService, (await serve("addressbook")).transport);
    async function* people() {
      yield { name: "new" };
      yield { id: 1, name: "replaced" };
    }
    expect(await client.importPeople(people())).toMatchObject({ added: 1, replaced: 1, servedBy: "test-1" });
  });
});

describe("chat", () => {
  test("answers each message as it arrives, in bursts when asked, and fails when asked", async () => {
    const client = createClient(Chat, (await serve("addressbook")).transport);
    const requests = createRequestQueue<MessageInitShape<typeof ConverseRequestSchema>>();
    const answers = client.converse(requests)[Symbol.asyncIterator]();
    requests.push({ text: "how are you" });
    expect((await answers.next()).value).toMatchObject({ seq: 1n, from: "test-1", text: "you said: how are you" });
    requests.push({ text: "burst 600" });
    for (let index = 1; index <= 600; index++) {
      expect((await answers.next()).value?.seq).toBe(BigInt(index + 1));
    }
    requests.push({ text: "fail" });
    expect((await failure(answers.next())).findDetails(ErrorInfoSchema)[0]?.reason).toBe("ASKED_TO_FAIL");
  });
});

test("a demo server lists its services by reflection and says that they are well", async () => {
  const { transport } = await serve("addressbook");
  async function* ask() {
    yield { messageRequest: { case: "listServices", value: "" } } as const;
  }
  const [answer] = await all(createClient(ServerReflection, transport).serverReflectionInfo(ask()));
  const listed =
    answer?.messageResponse.case === "listServicesResponse" ? answer.messageResponse.value.service.map(({ name }) => name) : [];
  expect(listed).toEqual(expect.arrayContaining(["pb.AddressBookService", "rpcdeck.demo.v1.Chat", "grpc.health.v1.Health"]));
  const health = createClient(Health, transport);
  expect((await health.check({ service: "rpcdeck.demo.v1.Chat" })).status).toBe(Serving.SERVING);
  expect((await failure(health.check({ service: "nobody" }))).code).toBe(Code.NotFound);
});

test("a demo server waits and fails as it is told", async () => {
  const { server, transport } = await serve("arith");
  server.setBehaviour({ delayMs: 30, failPercent: 100 });
  const startedMs = performance.now();
  expect((await failure(createClient(Arith, transport).mul({}))).code).toBe(Code.Unavailable);
  expect(performance.now() - startedMs).toBeGreaterThan(25);
});

test("a demo process ends with the process that started it", async () => {
  // A parent that starts the demo, says its pid and is then killed.
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const script = `
    const child = require("node:child_process").spawn(process.execPath, [${JSON.stringify(main)}, "--name", "x", "--service", "greeter", "--registry", "http://127.0.0.1:1"],
      { stdio: ["ignore", "pipe", "inherit", "ipc"] });
    child.stdout.pipe(process.stdout);
    child.on("message", () => process.send(child.pid));
  `;
  const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  // The demo holds this pipe too: it ends when both are gone.
  const bothGone = once(parent.stdout!, "close");
  parent.stdout!.resume();
  await once(parent, "message");
  parent.kill("SIGKILL");
  await bothGone;
});

test("a demo process with bad arguments says how to use it and ends with 2", async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), "--service", "nothing"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [stderr] = await Promise.all([child.stderr!.setEncoding("utf8").toArray(), once(child, "exit")]);
  expect(stderr.join("")).toContain("usage: main.ts --name NAME");
  expect(child.exitCode).toBe(2);
});
