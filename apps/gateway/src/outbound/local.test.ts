import { createRegistry, fromBinary, fromJsonString, toBinary, toJsonString } from "@bufbuild/protobuf";
import type { Frame, Header, Outcome } from "@rpcdeck/frames";
import { createAddressBook } from "@rpcdeck/demo/services/address-book.ts";
import { createArith } from "@rpcdeck/demo/services/arith.ts";
import { createChat } from "@rpcdeck/demo/services/chat.ts";
import { createGreeter } from "@rpcdeck/demo/services/greeter.ts";
import { Arith, DivRequestSchema, TableRequestSchema, TableResponseSchema } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { AddressBookService, ImportPeopleResponseSchema, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter, HelloReplySchema, HelloRequestSchema } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat, ConverseRequestSchema, ConverseResponseSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { gunzipSync, gzipSync } from "node:zlib";
import { setTimeout as pause } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import type { OutboundCall, OutboundCodec, OutboundLeg } from "../call/call.ts";
import type { Instance } from "../catalog/instance.ts";
import { createLocalCodec } from "./local.ts";

const instance: Instance = {
  id: "gateway/gateway",
  label: "gateway",
  source: "gateway",
  registeredAs: "gateway",
  services: undefined,
  protocol: "local",
  protocolName: "local",
  address: "",
  tls: { kind: "plaintext" },
  metadata: [],
  labels: {},
  weight: 1,
  version: "",
  lease: undefined,
  revision: 0n,
  raw: undefined,
};

const bugs: unknown[] = [];
const codec = createLocalCodec({
  routes: (router) =>
    router
      .service(Greeter, createGreeter())
      .service(Arith, createArith())
      .service(AddressBookService, createAddressBook({ servedBy: "gateway" }))
      .service(Chat, createChat({ servedBy: "gateway" })),
  registry: createRegistry(Greeter, Arith, AddressBookService, Chat),
  maxMessageBytes: 1_000_000,
  onBug: (error) => bugs.push(error),
});

interface Seen {
  leg: OutboundLeg;
  headers: readonly Header[] | undefined;
  encoding: string;
  frames: Frame[];
  outcome: Promise<Outcome>;
  frame: () => Promise<Frame>;
  gotHeaders: Promise<void>;
}

function open(path: string, more: Partial<OutboundCall> = {}, by: OutboundCodec = codec): Seen {
  const ended = Promise.withResolvers<Outcome>();
  const gotHeaders = Promise.withResolvers<void>();
  const waiting: ((frame: Frame) => void)[] = [];
  const call: OutboundCall = {
    path,
    metadata: [],
    deadlineMs: undefined,
    codec: "proto",
    encoding: "identity",
    acceptEncodings: [],
    kind: undefined,
    trace: undefined,
    attempt: 1,
    ...more,
  };
  const seen: Seen = {
    leg: undefined as never,
    headers: undefined,
    encoding: "",
    frames: [],
    outcome: ended.promise,
    frame: () => new Promise((resolve) => waiting.push(resolve)),
    gotHeaders: gotHeaders.promise,
  };
  seen.leg = by.open(call, instance, {
    onOpen: () => undefined,
    onHeaders: (headers, encoding) => {
      seen.headers = headers;
      seen.encoding = encoding;
      gotHeaders.resolve();
    },
    onFrame: (frame) => {
      seen.frames.push(frame);
      waiting.shift()?.(frame);
    },
    onDrain: () => undefined,
    onOutcome: (outcome) => ended.resolve(outcome),
  });
  return seen;
}

const plain = (bytes: Uint8Array): Frame => ({ compressed: false, bytes });

test("a unary call in proto answers one frame and an ok outcome", async () => {
  const call = open("/pb.Greeter/SayHello");
  call.leg.write(plain(toBinary(HelloRequestSchema, create(HelloRequestSchema, { name: "world" }))));
  call.leg.end();
  expect(await call.outcome).toMatchObject({ code: 0 });
  expect(fromBinary(HelloReplySchema, call.frames[0]!.bytes).message).toBe("hello world");
});

test("a unary call in JSON answers JSON", async () => {
  const call = open("/pb.Greeter/SayHello", { codec: "json" });
  call.leg.write(plain(new TextEncoder().encode(`{"name":"json"}`)));
  call.leg.end();
  expect(await call.outcome).toMatchObject({ code: 0 });
  expect(fromJsonString(HelloReplySchema, new TextDecoder().decode(call.frames[0]!.bytes)).message).toBe("hello json");
});

test("a failing call gives code, message and details", async () => {
  const call = open("/arith.v1.Arith/Div");
  call.leg.write(plain(toBinary(DivRequestSchema, create(DivRequestSchema, { a: 1n, b: 0n }))));
  call.leg.end();
  const outcome = await call.outcome;
  expect(outcome.code).toBe(3);
  expect(outcome.details.map((detail) => detail.typeUrl)).toEqual([
    "type.googleapis.com/google.rpc.BadRequest",
    "type.googleapis.com/google.rpc.ErrorInfo",
  ]);
});

test("a server stream gives all its messages in order, and none while paused", async () => {
  const call = open("/arith.v1.Arith/Table");
  call.leg.write(plain(toBinary(TableRequestSchema, create(TableRequestSchema, { a: 7n, rows: 1000 }))));
  call.leg.end();
  await call.frame();
  call.leg.pauseResponses();
  const before = call.frames.length;
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(call.frames.length).toBe(before);
  call.leg.resumeResponses();
  expect(await call.outcome).toMatchObject({ code: 0 });
  expect(call.frames.map((frame) => fromBinary(TableResponseSchema, frame.bytes).b)).toEqual(
    Array.from({ length: 1000 }, (_, row) => BigInt(row + 1)),
  );
});

test("a client stream takes many messages", async () => {
  const call = open("/pb.AddressBookService/ImportPeople");
  for (let id = 100; id < 150; id++) call.leg.write(plain(toBinary(PersonSchema, create(PersonSchema, { id }))));
  call.leg.end();
  expect(await call.outcome).toMatchObject({ code: 0 });
  expect(fromBinary(ImportPeopleResponseSchema, call.frames[0]!.bytes).added).toBe(50);
});

test("a conversation sends headers before its first message and answers each message", async () => {
  const call = open("/rpcdeck.demo.v1.Chat/Converse");
  await call.gotHeaders;
  expect(call.frames).toEqual([]);
  for (const text of ["hello", "how are you"]) {
    const answer = call.frame();
    call.leg.write(plain(toBinary(ConverseRequestSchema, create(ConverseRequestSchema, { text }))));
    expect(fromBinary(ConverseResponseSchema, (await answer).bytes).from).toBe("gateway");
  }
  call.leg.end();
  expect(await call.outcome).toMatchObject({ code: 0 });
});

test("an implementation sets headers by what it is asked, and a stream's leave before its first answer", async () => {
  const say = Promise.withResolvers<void>();
  const asked = createLocalCodec({
    routes: (router) =>
      router
        .service(Arith, {
          async *table({ a }, { responseHeader }) {
            responseHeader.set("x-a", String(a));
            await say.promise;
            yield { b: 1n };
          },
        })
        .service(AddressBookService, {
          async importPeople(people, { responseHeader }) {
            let added = 0;
            for await (const _ of people) responseHeader.set("x-added", String(++added));
            return { added };
          },
        })
        .service(Chat, {
          async *converse(requests, { responseHeader }) {
            for await (const { text } of requests) {
              responseHeader.set("x-text", text);
              yield {};
            }
          },
        }),
    registry: createRegistry(),
    maxMessageBytes: 1_000_000,
    bidiHeadersWaitMs: 10_000,
    onBug: (error) => bugs.push(error),
  });

  const table = open("/arith.v1.Arith/Table", {}, asked);
  table.leg.write(plain(toBinary(TableRequestSchema, create(TableRequestSchema, { a: 7n }))));
  table.leg.end();
  await table.gotHeaders;
  expect([table.headers, table.frames]).toEqual([[["x-a", "7"]], []]);
  say.resolve();
  expect(await table.outcome).toMatchObject({ code: 0 });

  const people = open("/pb.AddressBookService/ImportPeople", {}, asked);
  for (let id = 0; id < 2; id++) people.leg.write(plain(toBinary(PersonSchema, create(PersonSchema, { id }))));
  await new Promise((resolve) => setImmediate(resolve));
  expect(people.headers).toBeUndefined();
  people.leg.end();
  expect(await people.outcome).toMatchObject({ code: 0 });
  expect(people.headers).toEqual([["x-added", "2"]]);

  const chat = open("/rpcdeck.demo.v1.Chat/Converse", {}, asked);
  await new Promise((resolve) => setTimeout(resolve, 20));
  chat.leg.write(plain(toBinary(ConverseRequestSchema, create(ConverseRequestSchema, { text: "hello" }))));
  chat.leg.end();
  expect(await chat.outcome).toMatchObject({ code: 0 });
  expect(chat.headers).toEqual([["x-text", "hello"]]);
});

test("a compressed request is understood and a large answer is compressed for a caller who reads it", async () => {
  const name = "x".repeat(5000);
  const call = open("/pb.Greeter/SayHello", { encoding: "gzip", acceptEncodings: ["gzip"] });
  call.leg.write({ compressed: true, bytes: gzipSync(toBinary(HelloRequestSchema, create(HelloRequestSchema, { name }))) });
  call.leg.end();
  expect(await call.outcome).toMatchObject({ code: 0 });
  expect(call.encoding).toBe("gzip");
  expect(call.frames[0]!.compressed).toBe(true);
  expect(fromBinary(HelloReplySchema, gunzipSync(call.frames[0]!.bytes)).message).toBe(`hello ${name}`);
});

test("an unknown method names the ones there are", async () => {
  const outcome = await open("/pb.Greeter/SayHi").outcome;
  expect(outcome).toMatchObject({ code: 12, message: "pb.Greeter has no method SayHi" });
});

test("the deadline ends a call that waits", async () => {
  const call = open("/rpcdeck.demo.v1.Chat/Converse", { deadlineMs: performance.now() + 30 });
  expect(await call.outcome).toMatchObject({ code: 4 });
});

test("the deadline is what ends a call, also where connect-es' timer is the first to see it", async () => {
  const waits = createLocalCodec({
    routes: (router) =>
      router.service(Greeter, {
        sayHello: (_request, { signal }) => pause(5_000, {}, { signal }),
      }),
    registry: createRegistry(Greeter),
    maxMessageBytes: 1_000,
    onBug: (error) => bugs.push(error),
  });
  // Each timer loses a fraction of a millisecond, so that one call in a hundred has connect-es' timer first.
  const outcomes: Outcome[] = [];
  for (let round = 0; round < 5; round += 1) {
    const calls = Array.from({ length: 200 }, () => open("/pb.Greeter/SayHello", { deadlineMs: performance.now() + 200 }, waits));
    for (const { leg } of calls) {
      leg.write(plain(toBinary(HelloRequestSchema, create(HelloRequestSchema, { name: "you" }))));
      leg.end();
    }
    outcomes.push(...(await Promise.all(calls.map(({ outcome }) => outcome))));
  }
  expect(outcomes.filter(({ code, message }) => code !== 4 || message !== "the deadline passed")).toEqual([]);
  expect(bugs).toEqual([]);
});

test("a cancelled client stream never looks like a half-close to its handler", async () => {
  const call = open("/pb.AddressBookService/ImportPeople");
  await new Promise((resolve) => setImmediate(resolve));
  call.leg.write(plain(toBinary(PersonSchema, create(PersonSchema, { id: 900 }))));
  call.leg.cancel();
  await new Promise((resolve) => setImmediate(resolve));
  expect(call.frames).toEqual([]);
  expect(bugs).toEqual([]);
});

test("a message over the limit is refused, compressed or not, without a detail that nobody asked for", async () => {
  const name = "x".repeat(1_100_000);
  const compressed = open("/pb.Greeter/SayHello", { encoding: "gzip" });
  compressed.leg.write({ compressed: true, bytes: gzipSync(toBinary(HelloRequestSchema, create(HelloRequestSchema, { name }))) });
  compressed.leg.end();
  expect(await compressed.outcome).toMatchObject({ code: 8, details: [] });
  const call = open("/pb.Greeter/SayHello", { codec: "json" });
  call.leg.write(
    plain(new TextEncoder().encode(toJsonString(HelloRequestSchema, create(HelloRequestSchema, { name: "x".repeat(1_100_000) })))),
  );
  call.leg.end();
  expect(await call.outcome).toMatchObject({ code: 8 });
});
