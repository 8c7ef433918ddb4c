import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { create, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { readTunnelMessage, tunnelTypes, writeTunnelMessage } from "@rpcdeck/frames";
import { AddressBookService } from "@rpcdeck/protocol/pb/address_book_pb.ts";
import { Greeter, HelloRequestSchema } from "@rpcdeck/protocol/pb/greeter_pb.ts";
import { TunnelStartSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { startBackend, type TestBackend } from "@rpcdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { AccessRecord } from "./routing/access-log.ts";
import { createMetrics } from "./routing/metrics.ts";
import { startWholeGateway, type WholeGateway } from "./test-whole-gateway.ts";

const page = readFileSync(new URL("../../../docs/observability.md", import.meta.url), "utf8");
const descriptors = fileURLToPath(new URL("../../../packages/protocol/descriptors.binpb", import.meta.url));
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

const lines: string[] = [];
let backend: TestBackend;
let gateway: WholeGateway;
let address: string;
let target: string;

/** The newest line; calls are written in the turn in which they end, which a caller may hear of before. */
async function lastLine(count: number): Promise<AccessRecord & { readonly time: string }> {
  await expect.poll(() => lines.length).toBe(count);
  return JSON.parse(lines.at(-1) ?? "") as AccessRecord & { time: string };
}

beforeAll(async () => {
  backend = await startBackend();
  target = `grpc://${backend.address}`;
  gateway = await startWholeGateway(["--no-embedded-registry", "--descriptor-set", descriptors], {
    writeAccess: (line) => lines.push(line),
  });
  ({ address } = gateway);
});
afterAll(async () => {
  await gateway.close();
  await backend.close();
});

describe("the access log", () => {
  test.each([
    ["Connect over HTTP/1.1", 1, () => createConnectTransport({ baseUrl: address, httpVersion: "1.1" })],
    ["Connect over HTTP/1.1", 2, () => createConnectTransport({ baseUrl: address, httpVersion: "1.1", useBinaryFormat: false })],
    ["gRPC over HTTP/2", 0, () => createGrpcTransport({ baseUrl: address })],
    ["gRPC-Web over HTTP/2", 1, () => createGrpcWebTransport({ baseUrl: address, httpVersion: "2" })],
  ] as const)("has a line for a call in %s, tier %i", async (protocol, tier, transport) => {
    const headers = { "rpcdeck-target": target, traceparent, "x-secret": "hunter2" };
    const before = lines.length;
    const request = { name: "somebody" };
    await createClient(Greeter, transport()).sayHello(request, { headers });
    const { time, peer, elapsedMs, requestBytes, ...line } = await lastLine(before + 1);
    expect(line).toEqual({
      path: "/pb.Greeter/SayHello",
      protocol,
      instance: expect.stringContaining(backend.address),
      code: "ok",
      attempts: 1,
      tier,
      requestMessages: 1,
      responseMessages: 1,
      responseBytes: "hello somebody".length + 2,
      trace: traceId,
    });
    expect(requestBytes).toBe(tier === 2 ? JSON.stringify(request).length : "somebody".length + 2);
    expect(peer).toMatch(/^127\.0\.0\.1:\d+$/u);
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
    expect(elapsedMs).toBeGreaterThan(0);
    expect(lines.at(-1)).not.toMatch(/hunter2|somebody/u);
    expect(lines.at(-1)?.endsWith("}\n")).toBe(true);
  });

  test("has a line for a call in the tunnel, for a failed one and for one that goes nowhere", async () => {
    const before = lines.length;
    const socket = new WebSocket(`${address.replace("http", "ws")}/-/tunnel`, ["rpcdeck.tunnel.v1"]);
    await new Promise((done) => socket.once("open", done));
    const call = async (path: string, body: Uint8Array): Promise<void> => {
      const metadata = [{ name: "rpcdeck-target", value: target }];
      const ended = new Promise<void>((done) => {
        socket.on("message", (data: Buffer) => {
          if (readTunnelMessage(data)?.type === tunnelTypes.endDown) done();
        });
      });
      socket.send(
        writeTunnelMessage(
          1,
          tunnelTypes.start,
          toBinary(TunnelStartSchema, create(TunnelStartSchema, { path, codec: "proto", metadata })),
        ),
      );
      socket.send(writeTunnelMessage(1, tunnelTypes.message, body, 0));
      socket.send(writeTunnelMessage(1, tunnelTypes.halfClose, new Uint8Array()));
      await ended;
    };
    const failing = toBinary(HelloRequestSchema, create(HelloRequestSchema, { name: "fail" }));
    await call("/pb.Greeter/SayHello", failing);
    expect(await lastLine(before + 1)).toMatchObject({
      protocol: "gRPC in the tunnel",
      code: "not_found",
      requestBytes: failing.length,
      responseMessages: 0,
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/u),
    });
    socket.close();
    await fetch(`${address}/no.Such/Thing`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    const nowhere = await lastLine(before + 2);
    expect(nowhere).toMatchObject({ path: "/no.Such/Thing", code: "unimplemented", attempts: 0 });
    expect(nowhere.instance).toBeUndefined();
  });

  test("has the fields that docs/observability.md lists", async () => {
    const before = lines.length;
    const headers = { "rpcdeck-target": target, traceparent };
    await createClient(Greeter, createGrpcTransport({ baseUrl: address })).sayHello({}, { headers });
    const section = page.slice(page.indexOf("## Access log"), page.indexOf("## Metrics"));
    expect(Object.keys(await lastLine(before + 1))).toEqual([...section.matchAll(/^\| `(\w+)` /gmu)].map(([, name]) => name));
  });
});

describe("metrics", () => {
  const value = async (line: string): Promise<number> => {
    const text = await (await fetch(`${address}/-/metrics`)).text();
    return Number(
      text
        .split("\n")
        .find((each) => each.startsWith(`${line} `))
        ?.slice(line.length) ?? 0,
    );
  };

  test("are those that docs/observability.md lists, with their labels and meanings", () => {
    const { registry } = createMetrics({
      backends: () => ({ backends: 0, running: 0, waiting: 0, connections: 0, http1Connections: 0 }),
      inbound: () => ({ http1: 0, http2: 0, webSockets: 0 }),
      running: () => 0,
      entries: () => [],
      droppedSpans: () => 0,
    });
    const rows = [...page.matchAll(/^\| `(rpcdeck_\w+)` +\| (.*?) +\| (.*?) +\|$/gmu)].map(([, name, labels, help]) => ({
      name,
      labels,
      help,
    }));
    const made = registry
      .getMetricsAsArray()
      .filter(({ name }) => name.startsWith("rpcdeck_"))
      .map((metric) => ({
        name: metric.name,
        labels:
          "labelNames" in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map((label) => `\`${label}\``).join(", ") : "",
        help: "help" in metric ? metric.help : "",
      }));
    const byName = (a: { name?: string | undefined }, b: { name?: string | undefined }): number =>
      (a.name ?? "") < (b.name ?? "") ? -1 : 1;
    expect(rows.toSorted(byName)).toEqual(made.toSorted(byName));
  });

  test("count bytes and messages, and calls by protocol and tier", async () => {
    const line = 'rpcdeck_calls_by_protocol_total{protocol="Connect stream over HTTP/1.1",tier="1"}';
    const [calls, bytes] = [await value(line), await value('rpcdeck_message_bytes_total{direction="response"}')];
    const book = createClient(AddressBookService, createConnectTransport({ baseUrl: address, httpVersion: "1.1" }));
    for await (const _person of book.listPeople({ limit: 3 }, { headers: { "rpcdeck-target": target } }));
    await expect.poll(() => value(line)).toBe(calls + 1);
    // Each person is an id and a name of one letter.
    expect(await value('rpcdeck_message_bytes_total{direction="response"}')).toBe(bytes + 3 * 5);
  });

  test("show which instances fail, and how often each was left out", async () => {
    const broken = await startBackend();
    await broken.close();
    const service = "broken.Service";
    const other = await startWholeGateway(["--no-embedded-registry", "--target", `${service}=grpc://${broken.address}`]);
    const at = other.address;
    await fetch(`${at}/${service}/Call`, { method: "POST", headers: { "content-type": "application/proto" }, body: "" });
    const text = async (): Promise<string> => (await fetch(`${at}/-/metrics`)).text();
    await expect.poll(text).toMatch(/^rpcdeck_instance_failures_total\{instance="[^"]+"\} 1$/mu);
    expect(await text()).toMatch(/^rpcdeck_instance_healthy\{instance="[^"]+",registered_as="[^"]+"\} 0$/mu);
    expect(await text()).toContain('rpcdeck_instances{health="failing"} 1');
    await other.close();
  });

  test("count refusals by cause, open connections and what is under way", async () => {
    await fetch(`${address}/pb.Greeter/SayHello`, { method: "POST", headers: { "content-type": "text/csv" }, body: "" });
    await fetch(`${address}/pb.Greeter/SayHello`, { headers: { origin: "https://evil.example" } });
    await fetch(`${address}/-/nothing`);
    const malformed = { "content-type": "application/json", "connect-timeout-ms": "soon" };
    await fetch(`${address}/pb.Greeter/SayHello`, { method: "POST", headers: malformed, body: "{}" });
    expect(await value('rpcdeck_refusals_total{cause="malformed"}')).toBe(1);
    expect(await value('rpcdeck_refusals_total{cause="content_type"}')).toBe(1);
    expect(await value('rpcdeck_refusals_total{cause="host_or_origin"}')).toBe(1);
    expect(await value('rpcdeck_refusals_total{cause="nothing_there"}')).toBe(1);
    const socket = new WebSocket(`${address.replace("http", "ws")}/-/tunnel`, ["rpcdeck.tunnel.v1"]);
    await new Promise((done) => socket.once("open", done));
    expect(await value('rpcdeck_inbound_connections{protocol="websocket"}')).toBe(1);
    expect(await value('rpcdeck_inbound_connections{protocol="http/1.1"}')).toBeGreaterThan(0);
    expect(await value("rpcdeck_calls_running")).toBe(0);
    expect(await value('rpcdeck_instances{health="healthy"}')).toBe(1);
    expect(await value('rpcdeck_instance_healthy{instance="gateway/gateway",registered_as="gateway"}')).toBe(1);
    socket.close();
  });
});
