import { createServer, type Server } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { readTunnelMessage, tunnelTypes, writeEnvelope, writeTunnelMessage } from "@rpcdeck/frames";
import { Greeter } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { TunnelStartSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { startBackend } from "@rpcdeck/testkit";
import { pino } from "pino";
import { afterEach, describe, expect, it, test } from "vitest";
import { WebSocket } from "ws";
import { traceContextFrom } from "./call/trace-context.ts";
import { startTestGateway, testInstance } from "./test-gateway.ts";
import { startWholeGateway, type WholeGateway } from "./test-whole-gateway.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const headers = { traceparent: `00-${traceId}-${spanId}-01`, tracestate: "vendor=1,other=2" };
const path = "/pb.Greeter/SayHello";

/** Makes one call to a gateway with `headers`. */
type Caller = (url: string) => Promise<unknown>;
const over =
  (transport: (baseUrl: string) => Transport): Caller =>
  (url) =>
    createClient(Greeter, transport(url)).sayHello({ name: "x" }, { headers });

const callers: Readonly<Record<string, Caller>> = {
  "Connect over HTTP/1.1": over((baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" })),
  "Connect JSON over HTTP/2": over((baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: false })),
  gRPC: over((baseUrl) => createGrpcTransport({ baseUrl })),
  "gRPC-Web": over((baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })),
  async "the tunnel"(url) {
    const socket = new WebSocket(`${url.replace("http", "ws")}/-/tunnel`, ["rpcdeck.tunnel.v1"]);
    await new Promise((done) => socket.once("open", done));
    const ended = new Promise<void>((done) => {
      socket.on("message", (data: Buffer) => {
        if (readTunnelMessage(data)?.type === tunnelTypes.endDown) done();
      });
    });
    const metadata = Object.entries(headers).map(([name, value]) => ({ name, value }));
    const start = create(TunnelStartSchema, { path, codec: "proto", metadata });
    socket.send(writeTunnelMessage(1, tunnelTypes.start, toBinary(TunnelStartSchema, start)));
    socket.send(writeTunnelMessage(1, tunnelTypes.message, new Uint8Array(), 0));
    socket.send(writeTunnelMessage(1, tunnelTypes.halfClose, new Uint8Array()));
    await ended;
    socket.close();
  },
  async "gRPC-Web over WebSocket"(url) {
    const socket = new WebSocket(`${url.replace("http", "ws")}${path}`, ["grpc-websockets"]);
    await new Promise((done) => socket.once("open", done));
    socket.send(`content-type: application/grpc-web+proto\r\ntraceparent: ${headers.traceparent}\r\ntracestate: ${headers.tracestate}\r\n`);
    socket.send(Buffer.concat([Buffer.from([0]), writeEnvelope(0, new Uint8Array())]));
    socket.send(Buffer.from([1]));
    await new Promise((done) => socket.once("close", done));
  },
};

describe.each(["grpc", "connect", "grpc-web"] as const)("trace context on the way to a backend of %s", (protocol) => {
  it.each(Object.entries(callers))("is passed on from %s", async (_name, call) => {
    const backend = await startBackend({ protocols: [protocol] });
    await using gateway = await startTestGateway({ instances: [testInstance(backend.address, protocol)] });
    await call(gateway.url);
    expect(backend.seen.calls).toBe(1);
    expect(Object.fromEntries(["traceparent", "tracestate"].map((name) => [name, backend.seen.headers.get(name)]))).toEqual(headers);
    await gateway[Symbol.asyncDispose]();
    await backend.close();
  });
});

test.each([
  [headers.traceparent, { traceId, spanId, isSampled: true }],
  [`00-${traceId}-${spanId}-00`, { traceId, spanId, isSampled: false }],
  [`cc-${traceId}-${spanId}-03-more`, { traceId, spanId, isSampled: true }],
  [`ff-${traceId}-${spanId}-01`, undefined],
  [`00-${"0".repeat(32)}-${spanId}-01`, undefined],
  [`00-${traceId}-${"0".repeat(16)}-01`, undefined],
  [`00-${traceId.toUpperCase()}-${spanId}-01`, undefined],
  ["", undefined],
] as const)("reads traceparent %s", (traceparent, expected) => {
  expect(traceContextFrom([["traceparent", traceparent]])).toEqual(expected);
});

/** What OTLP/HTTP says a request looks like in JSON, as far as it is used here. */
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly scope: { readonly name: string }; readonly spans: readonly Span[] }[];
  }[];
}
interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}
interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: number };
}

describe("--otlp", () => {
  const closings: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closings.splice(0).toReversed()) await close();
  });

  /** A collector that answers with `status`, and a gateway that sends to it. */
  async function start(
    status: number,
  ): Promise<{ gateway: WholeGateway; address: string; requests: { url: string; type: string; body: string }[]; problems: string[] }> {
    const requests: { url: string; type: string; body: string }[] = [];
    const collector: Server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.once("end", () => {
        requests.push({ url: `${request.method} ${request.url}`, type: request.headers["content-type"] ?? "", body });
        response.writeHead(status, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((done) => collector.listen(0, "127.0.0.1", done));
    closings.push(() => collector.close());
    const bound = collector.address();
    const port = typeof bound === "object" ? bound?.port : undefined;
    const problems: string[] = [];
    const gateway = await startWholeGateway(["--no-embedded-registry", "--otlp", `http://127.0.0.1:${port}`], {
      version: "1.2.3",
      log: pino({ level: "warn" }, { write: (line: string) => problems.push(line) }),
    });
    return { gateway, address: gateway.address, requests, problems };
  }

  const attributesOf = (list: readonly Attribute[]): Record<string, string | undefined> =>
    Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

  it("sends a span for each call, in the caller's trace, and makes it the backend's parent", async () => {
    const backend = await startBackend();
    closings.push(() => backend.close());
    const { gateway, address, requests } = await start(200);
    const client = createClient(Greeter, createGrpcTransport({ baseUrl: address }));
    const target = { "rpcdeck-target": `grpc://${backend.address}` };
    const parents: (string | null)[] = [];
    const traced: Record<string, string>[] = [headers, {}, { traceparent: `00-${traceId}-${spanId}-00` }];
    for (const more of traced) {
      await client.sayHello({ name: "x" }, { headers: { ...target, ...more } });
      parents.push(backend.seen.headers.get("traceparent"));
    }
    await client.sayHello({ name: "fail" }, { headers: { ...target, ...headers } }).catch(() => undefined);
    await gateway.close(1_000);

    expect(requests.map(({ url, type }) => [url, type])).toEqual([["POST /v1/traces", "application/json"]]);
    const { resourceSpans } = JSON.parse(requests[0]?.body ?? "") as ExportRequest;
    expect(resourceSpans).toHaveLength(1);
    expect(attributesOf(resourceSpans[0]!.resource.attributes)).toEqual({
      "service.name": "rpcdeck",
      "service.version": "1.2.3",
      "service.instance.id": "boot",
    });
    const [scope] = resourceSpans[0]!.scopeSpans;
    expect(scope?.scope).toEqual({ name: "rpcdeck", version: "1.2.3" });
    const [first, begun, failed] = scope!.spans;
    expect(scope?.spans).toHaveLength(3); // the third call is not sampled
    expect(first).toMatchObject({ traceId, parentSpanId: spanId, name: "pb.Greeter/SayHello", kind: 2, status: { code: 0 } });
    expect(parents[0]).toBe(`00-${traceId}-${first?.spanId}-01`);
    expect(begun?.parentSpanId).toBeUndefined();
    expect(parents[1]).toBe(`00-${begun?.traceId}-${begun?.spanId}-01`);
    expect(parents[2]).toBe(`00-${traceId}-${spanId}-00`);
    for (const span of scope!.spans) {
      expect(span.traceId).toMatch(/^[0-9a-f]{32}$/u);
      expect(span.spanId).toMatch(/^[0-9a-f]{16}$/u);
      expect(span.startTimeUnixNano).toMatch(/^\d{19}$/u);
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
      expect(Math.abs(Number(BigInt(span.endTimeUnixNano) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
    }
    expect(attributesOf(first!.attributes)).toMatchObject({
      "rpc.system": "grpc",
      "rpc.service": "pb.Greeter",
      "rpc.method": "SayHello",
      "rpc.grpc.status_code": "0",
      "server.address": backend.address,
      "rpcdeck.tier": "0",
      "rpcdeck.attempts": "1",
    });
    // NOT_FOUND is the caller's affair: no error of the server.
    expect(attributesOf(failed!.attributes)["rpc.grpc.status_code"]).toBe("5");
    expect(failed?.status.code).toBe(0);
  });

  it("counts spans that the collector refuses, and says why once", async () => {
    const { gateway, address, requests, problems } = await start(400);
    const client = createClient(Greeter, createGrpcTransport({ baseUrl: address }));
    await client.sayHello({});
    await expect.poll(() => requests.length, { timeout: 10_000 }).toBe(1);
    const metric = async (): Promise<string | undefined> =>
      (await (await fetch(`${address}/-/metrics`)).text()).split("\n").find((line) => line.startsWith("rpcdeck_spans_dropped_total "));
    await expect.poll(metric).toBe("rpcdeck_spans_dropped_total 1");
    expect(problems).toEqual([expect.stringMatching(/--otlp http:\/\/127\.0\.0\.1:\d+\/v1\/traces: HTTP 400/u)]);
    await gateway.close(0);
  });
});
