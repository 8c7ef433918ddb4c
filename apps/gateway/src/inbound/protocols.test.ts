import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { outcomeOf, type Outcome } from "@rpcdeck/frames";
import { ErrorInfoSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { AddressBookService, PersonSchema } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Chat, ConverseRequestSchema, ConverseResponseSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { KitchenSinkSchema } from "@rpcdeck/protocol/rpcdeck/demo/v1/kitchen_sink_pb.ts";
import { describe, expect, it } from "vitest";
import type { Call } from "../call/call.ts";
import { echo, startInbound, watchCall } from "./test-inbound.ts";

type MakeTransport = (baseUrl: string, useBinaryFormat: boolean, interceptors?: Interceptor[]) => Transport;
const transports: readonly (readonly [string, MakeTransport])[] = [
  ["gRPC over h2c", (baseUrl, useBinaryFormat, interceptors = []) => createGrpcTransport({ baseUrl, useBinaryFormat, interceptors })],
  ...(["1.1", "2"] as const).flatMap((httpVersion): [string, MakeTransport][] => [
    [
      `gRPC-Web over HTTP/${httpVersion}`,
      (baseUrl, useBinaryFormat, interceptors = []) => createGrpcWebTransport({ baseUrl, httpVersion, useBinaryFormat, interceptors }),
    ],
    [
      `Connect over HTTP/${httpVersion}`,
      (baseUrl, useBinaryFormat, interceptors = []) =>
        createConnectTransport({ baseUrl, httpVersion, useBinaryFormat, useHttpGet: true, interceptors }),
    ],
  ]),
];

/** An error with everything an outcome can carry. */
const failure: Outcome = {
  code: Code.ResourceExhausted,
  message: "züviel % of it",
  details: [{ typeUrl: "type.googleapis.com/google.rpc.ErrorInfo", bytes: new Uint8Array([10, 1, 0x52]) }],
  headers: [["x-header", "h"]],
  trailers: [["x-trailer", "t"]],
};

function fail(call: Call): void {
  const seen = watchCall(call);
  void seen.ended.then(() => {
    call.end(failure);
  });
}

describe.each(transports)("%s", (_name, makeTransport) => {
  it.each([true, false])("echoes a unary call, binary: %s", async (binary) => {
    await using server = await startInbound(echo);
    const client = createClient(Chat, makeTransport(server.url, binary));
    const message = create(KitchenSinkSchema, {});
    message.$unknown = binary ? [{ no: 1000, wireType: 2, data: new Uint8Array([3, 1, 2, 3]) }] : [];
    let header: Headers | undefined;
    let trailer: Headers | undefined;
    const answer = await client.echoKitchenSink(message, { onHeader: (h) => (header = h), onTrailer: (t) => (trailer = t) });
    expect(answer.$unknown ?? []).toEqual(message.$unknown);
    expect([header?.get("x-header"), header?.get("x-bin-bin"), trailer?.get("x-trailer")]).toEqual(["h1, h2", "AAE", "t1, t2"]);
  });

  it("carries an error with details, headers and trailers, unary and streaming", async () => {
    await using server = await startInbound(fail);
    const transport = makeTransport(server.url, true);
    const unary = createClient(Chat, transport).echoKitchenSink({});
    const stream = (async () => {
      for await (const _ of createClient(AddressBookService, transport).listPeople({})) expect.unreachable();
    })();
    for (const call of [unary, stream]) {
      const error = await call.then(
        () => expect.unreachable(),
        (e: unknown) => ConnectError.from(e),
      );
      expect([error.code, error.rawMessage]).toEqual([failure.code, failure.message]);
      expect(error.findDetails(ErrorInfoSchema)).toMatchObject([{ reason: "R" }]);
      expect([error.metadata.get("x-header"), error.metadata.get("x-trailer")]).toEqual(["h", "t"]);
    }
  });

  it("hands on metadata, the deadline and what the protocol proves", async () => {
    const calls: Call[] = [];
    await using server = await startInbound((call) => {
      calls.push(call);
      echo(call);
    });
    const headers = new Headers({
      "x-a": "1",
      "x-b-bin": "AAE",
      authorization: "Bearer x",
      cookie: "c",
      "rpcdeck-target": "static/x",
      "rpcdeck-fail": "Failfast",
    });
    headers.append("x-a", "2");
    await createClient(Chat, makeTransport(server.url, true)).echoKitchenSink({}, { headers, timeoutMs: 5000 });
    const call = calls[0]!;
    expect(call).toMatchObject({
      path: "/rpcdeck.demo.v1.Chat/EchoKitchenSink",
      service: "rpcdeck.demo.v1.Chat",
      method: "EchoKitchenSink",
      codec: "proto",
    });
    const names = call.metadata.map(([name]) => name);
    expect(
      call.metadata
        .filter(([name]) => name === "x-a")
        .map(([, value]) => value)
        .join(", "),
    ).toBe("1, 2");
    expect(names).toContain("authorization");
    expect(names).toContain("x-b-bin");
    for (const name of names)
      expect(name).not.toMatch(/^(cookie|te|host|accept.*|content-.*|connect-.*|grpc-(?!trace).*|rpcdeck-.*|connection)$/);
    expect(call.choices).toEqual({ target: "static/x", schema: undefined, select: undefined, fail: "failfast", hedge: undefined, hop: 0 });
    const leftMs = call.deadlineMs! - performance.now();
    expect(leftMs).toBeGreaterThan(1000);
    expect(leftMs).toBeLessThanOrEqual(5000);
  });

  it("streams a server stream in order and whole", async () => {
    await using server = await startInbound((call) => {
      const seen = watchCall(call);
      void seen.ended.then(() => {
        call.respond([], "identity");
        let sent = 0;
        const pump = (): void => {
          while (sent < 500) {
            const bytes = toBinary(PersonSchema, create(PersonSchema, { id: sent++, name: "n".repeat(sent * 10) }));
            if (!call.write({ compressed: false, bytes })) return;
          }
          call.end(outcomeOf("ok"));
        };
        call.onDrain = pump;
        pump();
      });
    });
    const ids: number[] = [];
    for await (const person of createClient(AddressBookService, makeTransport(server.url, true)).listPeople({})) ids.push(person.id);
    expect(ids).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });
});

it.each(transports.filter(([name]) => name.endsWith("2") || name.endsWith("h2c")))(
  "%s: echoes a bidi stream message by message",
  async (_name, makeTransport) => {
    await using server = await startInbound((call) => {
      call.respond([], "identity");
      const seen = watchCall(call, (frame) => {
        const { text } = fromBinary(ConverseRequestSchema, frame.bytes);
        call.write({ compressed: false, bytes: toBinary(ConverseResponseSchema, create(ConverseResponseSchema, { text })) });
      });
      void seen.ended.then(() => {
        call.end(outcomeOf("ok"));
      });
    });
    const requests = Promise.withResolvers<void>();
    const answers: string[] = [];
    async function* say() {
      yield { text: "one" };
      await requests.promise;
      yield { text: "two" };
    }
    for await (const answer of createClient(Chat, makeTransport(server.url, true)).converse(say())) {
      answers.push(answer.text);
      requests.resolve();
    }
    expect(answers).toEqual(["one", "two"]);
  },
);

it("sees a client's cancel as a cancel", async () => {
  for (const [name, makeTransport] of transports) {
    const seen = Promise.withResolvers<Outcome>();
    const arrived = Promise.withResolvers<void>();
    await using server = await startInbound((call) => {
      void watchCall(call).cancelled.then(seen.resolve);
      arrived.resolve();
    });
    const abort = new AbortController();
    const call = createClient(Chat, makeTransport(server.url, true)).echoKitchenSink({}, { signal: abort.signal });
    await arrived.promise;
    abort.abort();
    await expect(call, name).rejects.toMatchObject({ code: Code.Canceled });
    expect((await seen.promise).code, name).toBe(1);
  }
});
