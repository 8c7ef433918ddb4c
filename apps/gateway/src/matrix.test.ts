import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Arith } from "@rpcdeck/protocol/arith/v1/arith_pb.ts";
import { BadRequestSchema } from "@rpcdeck/protocol/google/rpc/error_details_pb.ts";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { startBackend, type TestBackend } from "@rpcdeck/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { otherTransport, type OtherInbound } from "./test-callers.ts";
import { startTestGateway, testInstance, type TestGateway } from "./test-gateway.ts";

type Inbound = "connect" | "connect h1" | "grpc" | "grpc-web" | "grpc-web h1" | OtherInbound;

const inbounds: readonly Inbound[] = [
  "connect",
  "connect h1",
  "connect GET",
  "grpc",
  "grpc-web",
  "grpc-web h1",
  "grpc-web-text",
  "tunnel",
  "grpc-websockets",
];
const outbounds = [
  { protocol: "grpc", http: "h2c" },
  { protocol: "connect", http: "h2c" },
  { protocol: "connect", http: "http/1.1" },
  { protocol: "grpc-web", http: "h2c" },
  { protocol: "grpc-web", http: "http/1.1" },
] as const;
const codecs = ["proto", "json"] as const;

function transportTo(url: string, inbound: Inbound, useBinaryFormat: boolean, sessionManager: Http2SessionManager): Transport {
  const options = { baseUrl: url, useBinaryFormat };
  switch (inbound) {
    case "connect":
      return createConnectTransport({ ...options, httpVersion: "2", sessionManager });
    case "connect h1":
      return createConnectTransport({ ...options, httpVersion: "1.1" });
    case "grpc":
      return createGrpcTransport({ ...options, sessionManager });
    case "grpc-web":
      return createGrpcWebTransport({ ...options, httpVersion: "2", sessionManager });
    case "grpc-web h1":
      return createGrpcWebTransport({ ...options, httpVersion: "1.1" });
    default:
      return otherTransport(inbound, url, useBinaryFormat);
  }
}

/** Metadata with a name given twice, bytes, and bytes given twice. The backend sends it back as headers and, renamed, as trailers. */
const echoed: [string, string][] = [
  ["x-echo-a", "1"],
  ["x-echo-a", "2"],
  ["x-echo-raw-bin", "AAEC"],
  ["x-echo-raw-bin", "/+8"],
];

/** Checks metadata that came back under names with this prefix. */
function expectEchoed(metadata: Headers, prefix: string): void {
  expect([metadata.get(`${prefix}a`), metadata.get(`${prefix}raw-bin`)]).toEqual(["1, 2", "AAEC, /+8"]);
}

/** Items of a list as a stream. */
async function* each<Item>(items: readonly Item[]): AsyncIterable<Item> {
  for (const item of items) yield await Promise.resolve(item);
}

describe.each(outbounds)("backend speaks $protocol over $http", ({ protocol, http }) => {
  let backend: TestBackend;
  let gateway: TestGateway;
  let session: Http2SessionManager;

  beforeAll(async () => {
    backend = await startBackend({ protocols: [protocol], http });
    gateway = await startTestGateway({ instances: [testInstance(backend.address, protocol)] });
    session = new Http2SessionManager(gateway.url);
  });
  afterAll(async () => {
    session.abort();
    await gateway[Symbol.asyncDispose]();
    await backend.close();
  });

  describe.each(inbounds.flatMap((inbound) => codecs.map((codec) => ({ inbound, codec }))))(
    "caller speaks $inbound with $codec",
    ({ inbound, codec }) => {
      const transport = (): Transport => transportTo(gateway.url, inbound, codec === "proto", session);

      it("carries a unary call with headers, trailers and deadline", async () => {
        let headers = new Headers();
        let trailers = new Headers();
        const options = {
          headers: echoed,
          timeoutMs: 9_000,
          onHeader: (received: Headers) => (headers = received),
          onTrailer: (received: Headers) => (trailers = received),
        };
        expect(await createClient(Arith, transport()).mul({ a: 6n, b: -7n }, options)).toMatchObject({ product: -42n });
        expectEchoed(headers, "x-echo-");
        expectEchoed(trailers, "x-trailer-");
        expect([headers.get("rpcdeck-instance"), headers.get("rpcdeck-attempts")]).toEqual(["test/one", "1"]);
        expect(backend.seen.timeoutMs).toBeGreaterThan(8_000);
        expect(backend.seen.timeoutMs).toBeLessThanOrEqual(9_000);
        expect(backend.seen.headers.get("rpcdeck-hop")).toBe("1");
        expect((await createClient(Greeter, transport()).sayHello({ name: "wörld" })).message).toBe("hello wörld");
      });

      it("passes an error with its details and metadata on as data", async () => {
        const error = await createClient(Arith, transport())
          .div({ a: 1n, b: 0n }, { headers: echoed })
          .then(
            () => expect.unreachable(),
            (reason: unknown) => ConnectError.from(reason),
          );
        expect(error).toMatchObject({ code: Code.InvalidArgument, rawMessage: "division by zero" });
        expect(error.findDetails(BadRequestSchema)[0]?.fieldViolations[0]?.field).toBe("b");
        expectEchoed(error.metadata, "x-echo-");
        expectEchoed(error.metadata, "x-trailer-");
        await expect(createClient(Greeter, transport()).sayHello({ name: "fail" })).rejects.toMatchObject({
          code: Code.NotFound,
          rawMessage: "no such guest: ünknown",
        });
      });

      it("carries a server stream with headers and trailers", async () => {
        let headers = new Headers();
        let trailers = new Headers();
        const options = {
          headers: echoed,
          onHeader: (received: Headers) => (headers = received),
          onTrailer: (received: Headers) => (trailers = received),
        };
        const rows: bigint[] = [];
        for await (const { product } of createClient(Arith, transport()).table({ a: 3n, rows: 500 }, options)) rows.push(product);
        expect(rows).toEqual(Array.from({ length: 500 }, (_, index) => BigInt(3 * (index + 1))));
        expectEchoed(headers, "x-echo-");
        expectEchoed(trailers, "x-trailer-");
      });

      it("carries a client stream", async () => {
        const people = Array.from({ length: 50 }, (_, id) => ({ id, name: `p${id}`, photo: new Uint8Array(1000) }));
        const reply = await createClient(AddressBookService, transport()).importPeople(each(people));
        expect(reply.added).toBe(50);
      });

      it("carries a bidi stream", async () => {
        // connect-node's client and server are half duplex over HTTP/1.1: the requests are all sent before the answers are read
        const texts = Array.from({ length: 20 }, (_, index) => ({ text: `t${index}` }));
        const answers: string[] = [];
        const call = async (): Promise<void> => {
          for await (const { text } of createClient(Chat, transport()).converse(each(texts))) answers.push(text);
        };
        if (http === "http/1.1")
          return expect(call()).rejects.toMatchObject({ code: Code.Unknown, rawMessage: expect.stringContaining("answered HTTP 505") });
        await call();
        expect(answers).toEqual(texts.map(({ text }) => `you said ${text}`));
      });

      it("carries a large message", async () => {
        const photo = new Uint8Array(codec === "proto" ? 4 * 1024 * 1024 : 400 * 1024).fill(7); // JSON: enough for the worker
        const reply = await createClient(AddressBookService, transport()).addPerson({ id: 1, photo });
        expect(reply.person?.photo.length).toBe(photo.length);
      });

      it("ends a call at its deadline", async () => {
        const rows: bigint[] = [];
        const call = async (): Promise<void> => {
          const table = createClient(Arith, transport()).table({ a: 1n, rows: 2, intervalMs: 5_000 }, { timeoutMs: 150 });
          for await (const { product } of table) rows.push(product);
        };
        await expect(call()).rejects.toMatchObject({ code: Code.DeadlineExceeded });
        expect(rows.length).toBeLessThan(2);
      });
    },
  );
});
