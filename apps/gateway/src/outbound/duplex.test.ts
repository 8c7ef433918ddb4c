import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { HelloReplySchema, HelloRequestSchema } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { ConverseRequestSchema, ConverseResponseSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { startBackend, type TestBackend } from "@rpcdeck/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAddressPolicy } from "../net/address-policy.ts";
import { createConnections, type Connections } from "../net/connections.ts";
import type { OpenDuplex } from "../net/duplex.ts";
import { testInstance } from "../test-gateway.ts";
import { createConnectCodec } from "./connect.ts";
import { createOpenDuplex } from "./duplex.ts";
import { createGrpcWebCodec } from "./grpc-web.ts";
import { createGrpcCodec } from "./grpc.ts";

let backend: TestBackend;
let connections: Connections;
let open: OpenDuplex;
beforeAll(async () => {
  backend = await startBackend();
  connections = createConnections({ policy: createAddressPolicy() });
  const context = { connections, maxMessageBytes: 1_000_000 };
  const codecs = { grpc: createGrpcCodec(context), connect: createConnectCodec(context), "grpc-web": createGrpcWebCodec(context) };
  open = createOpenDuplex(codecs, context);
});
afterAll(async () => {
  connections.close();
  await backend.close();
});

const say = (text: string): Uint8Array => toBinary(ConverseRequestSchema, create(ConverseRequestSchema, { text }));

describe.each(["grpc", "connect", "grpc-web"] as const)("a duplex over %s", (protocol) => {
  it("exchanges messages one by one", async () => {
    const duplex = open(testInstance(backend.address, protocol), "/rpcdeck.demo.v1.Chat/Converse", []);
    duplex.send(say("one"));
    const texts: string[] = [];
    for await (const bytes of duplex.messages) {
      texts.push(fromBinary(ConverseResponseSchema, bytes).text);
      if (texts.length === 1) duplex.send(say("two"));
      else duplex.end();
    }
    expect(texts).toEqual(["you said one", "you said two"]);
    expect((await duplex.outcome).code).toBe(0);
  });

  it("makes unary calls", async () => {
    const duplex = open(testInstance(backend.address, protocol), "/pb.Greeter/SayHello", [], { kind: "unary" });
    duplex.send(toBinary(HelloRequestSchema, create(HelloRequestSchema, { name: "d" })));
    duplex.end();
    const replies: string[] = [];
    for await (const bytes of duplex.messages) replies.push(fromBinary(HelloReplySchema, bytes).message);
    expect(replies).toEqual(["hello d"]);
  });

  it("ends by signal, deadline and an early leave", async () => {
    const instance = testInstance(backend.address, protocol);
    const path = "/rpcdeck.demo.v1.Chat/Converse";
    const abort = new AbortController();
    const first = open(instance, path, [], { signal: abort.signal });
    abort.abort();
    expect((await first.outcome).code).toBe(1);
    const second = open(instance, path, [], { deadlineMs: performance.now() + 50 });
    expect((await second.outcome).code).toBe(4);
    const third = open(instance, path, []);
    third.send(say("x"));
    for await (const message of third.messages) {
      expect(message.length).toBeGreaterThan(0);
      break;
    }
    expect((await third.outcome).code).toBe(1);
    await expect.poll(() => connections.counts().running).toBe(0);
  });

  it("says who could not be reached", async () => {
    const duplex = open(testInstance("127.0.0.1:1", protocol), "/a.B/C", []);
    duplex.end();
    for await (const message of duplex.messages) void message;
    if (protocol === "connect") duplex.send(new Uint8Array());
    expect(await duplex.outcome).toMatchObject({ code: 14, message: "127.0.0.1:1: connection refused" });
  });
});
