// The gateway with --workers, in processes of its own.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import http from "node:http";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { readTunnelMessage, tunnelTypes, writeTunnelMessage } from "@rpcdeck/frames";
import { KV } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { Chat } from "@rpcdeck/protocol/rpcdeck/demo/v1/chat_pb.ts";
import { CatalogService } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { Leg, TunnelTraceSchema, TunnelWatchSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { startBackend, type TestBackend } from "@rpcdeck/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type GatewayProcess, startGatewayProcess } from "./test-process.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // three processes start, on machines that may be busy

const descriptors = new URL("../../../packages/protocol/descriptors.binpb", import.meta.url).pathname;
const service = "rpcdeck.demo.v1.Chat";
let backend: TestBackend;
let gateway: GatewayProcess;

beforeAll(async () => {
  backend = await startBackend();
  gateway = await startWorkers(`${service}=grpc://${backend.address}`);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await backend.close();
});

function startWorkers(target: string, ...flags: readonly string[]): Promise<GatewayProcess> {
  const fixed = ["--workers", "2", "--no-demo", "--health-interval", "0", "--descriptor-set", descriptors, "--target", target];
  return startGatewayProcess(...fixed, "--access-log", "-", ...flags);
}

/** Lines of the access log so far, and those to come. */
function accessLog({
  child,
}: GatewayProcess): { readonly worker: number; readonly path: string; readonly protocol: string; readonly tier: number }[] {
  const lines: ReturnType<typeof accessLog> = [];
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    for (const line of whole) lines.push(JSON.parse(line) as (typeof lines)[number]);
  });
  return lines;
}

function childrenOf(pid: number | undefined): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

/** False for one that ended, whether somebody took note of that or not. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/^\d+ \(.*\) Z/u.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** Path of the unix socket that a process listens on, of those with our name. */
function unixSocketOf(pid: number | undefined): string | undefined {
  const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => /socket:\[(\d+)\]/u.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]));
  const sockets = readFileSync("/proc/net/unix", "utf8").matchAll(/ (\d+) (\S+rpcdeck-\w+\/lead)$/gmu);
  return [...sockets].find(([, inode]) => inodes.has(inode))?.[2];
}

/** A figure of /-/metrics; 0 where it is missing. */
async function figure({ address }: GatewayProcess, name: string): Promise<number> {
  const text = await (await fetch(`${address}/-/metrics`, { headers: { connection: "close" } })).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}

/** A unary JSON call on a connection of its own. */
function callOnce(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const sent = http.request(`${address}/${service}/EchoBooking`, { method: "POST", headers, agent: false }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
    });
    sent.once("error", reject);
    sent.end('{"code":"x"}');
  });
}

/** For machines that may be busy. */
const patient = { timeout: 20_000 };
const isLinux = process.platform === "linux";

test("calls of every protocol are relayed by both workers, and the lead relays none of them", async () => {
  const lines = accessLog(gateway);
  const { address } = gateway;
  const transports = (): Parameters<typeof createClient>[1][] => [
    createGrpcTransport({ baseUrl: address, sessionManager: new Http2SessionManager(address) }),
    createGrpcWebTransport({ baseUrl: address, httpVersion: "1.1" }),
    createConnectTransport({ baseUrl: address, httpVersion: "2", sessionManager: new Http2SessionManager(address) }),
    createConnectTransport({ baseUrl: address, httpVersion: "1.1", useBinaryFormat: false }),
  ];
  const before = await figure(gateway, `rpcdeck_calls_total{service="${service}",code="ok"}`);
  for (let round = 0; round < 2; round++) {
    for (const transport of transports())
      expect(await createClient(Chat, transport).echoBooking({ code: "c" })).toMatchObject({ code: "c" });
  }
  await expect.poll(() => lines.length, patient).toBe(8);
  expect(new Set(lines.map(({ worker }) => worker))).toEqual(new Set([1, 2]));
  expect(new Set(lines.map(({ tier }) => tier))).toEqual(new Set([0, 1, 2]));
  // Figures of both workers are in one.
  expect(await figure(gateway, `rpcdeck_calls_total{service="${service}",code="ok"}`)).toBe(before + 8);
  expect(await figure(gateway, "rpcdeck_workers")).toBe(2);
  // The page shows this traffic as well.
  const catalog = createClient(CatalogService, createConnectTransport({ baseUrl: address, httpVersion: "1.1" }));
  for await (const { instances } of catalog.watchTraffic({})) {
    expect(instances.map(({ calls }) => calls)).toEqual([8]);
    break;
  }
});

test("a conversation goes through a worker in both directions", async () => {
  const client = createClient(Chat, createGrpcTransport({ baseUrl: gateway.address }));
  const said: string[] = [];
  for await (const { text } of client.converse(texts("a", "b"))) said.push(text);
  expect(said).toEqual(["you said a", "you said b"]);
});

test("page, paths of ours, registry and API are served through any worker", async () => {
  const { address } = gateway;
  for (let round = 0; round < 4; round++) {
    expect((await fetch(`${address}/-/readyz`, { headers: { connection: "close" } })).status).toBe(200);
    const kv = createClient(KV, createGrpcTransport({ baseUrl: address, sessionManager: new Http2SessionManager(address) }));
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    await kv.put({ key: encode("some/key"), value: encode(String(round)) });
    const { kvs } = await kv.range({ key: encode("some/key") });
    expect(new TextDecoder().decode(kvs[0]?.value)).toBe(String(round));
  }
  const hello = { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"x"}' };
  const answer = await fetch(`${address}/pb.Greeter/SayHello`, hello);
  expect([answer.headers.get("rpcdeck-instance"), await answer.json()]).toEqual(["gateway/gateway", { message: "hello x" }]);
  const unknown = await fetch(`${address}/no.Such/Thing`, hello);
  expect([unknown.status, ((await unknown.json()) as { message: string }).message]).toEqual([404, "no instance has service no.Such"]);
});

test("an instance that registers reaches the workers, and so does its end", async () => {
  const { address } = gateway;
  const other = await startBackend({ name: "other" });
  const lines = accessLog(gateway);
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const kv = createClient(KV, createGrpcTransport({ baseUrl: address }));
  const name = `${service}/${other.address}`;
  const key = encode(name);
  await kv.put({ key, value: encode(JSON.stringify({ Op: 0, Addr: other.address, Metadata: null })) });
  const names = async (): Promise<Set<string | null>> => {
    const found = new Set<string | null>();
    for (let at = 0; at < 4; at++) {
      const headers = { "content-type": "application/json", connection: "close" };
      const answer = await fetch(`${address}/${service}/EchoBooking`, { method: "POST", headers, body: "{}" });
      await answer.arrayBuffer();
      found.add(answer.headers.get("rpcdeck-instance"));
    }
    return found;
  };
  const registered = `embedded/${name}`;
  await expect.poll(async () => (await names()).has(registered), patient).toBe(true);
  await expect.poll(() => lines.length, patient).toBeGreaterThanOrEqual(4);
  expect(lines.filter(({ worker, path }) => worker === 0 && path.startsWith(`/${service}`))).toEqual([]);
  await kv.deleteRange({ key });
  await expect.poll(async () => (await names()).has(registered), patient).toBe(false);
  await other.close();
});

test("a recorded call shows both legs, whichever workers the call and its watcher came to", async () => {
  const { address } = gateway;
  for (let round = 0; round < 2; round++) {
    const id = `${round}`.repeat(32);
    const socket = new WebSocket(`${address.replace("http", "ws")}/-/tunnel`, ["rpcdeck.tunnel.v1"]);
    const legs = new Set<Leg>();
    socket.on("message", (data: Buffer) => {
      const message = readTunnelMessage(data);
      if (message?.type !== tunnelTypes.traceDown) return;
      for (const { leg } of fromBinary(TunnelTraceSchema, message.payload).events) legs.add(leg);
    });
    await new Promise((done) => socket.once("open", done));
    socket.send(writeTunnelMessage(1, tunnelTypes.watch, toBinary(TunnelWatchSchema, create(TunnelWatchSchema, { call: id }))));
    const headers = { "content-type": "application/json", "rpcdeck-call": id };
    expect((await fetch(`${address}/${service}/EchoBooking`, { method: "POST", headers, body: "{}" })).status).toBe(200);
    await expect.poll(() => legs, patient).toEqual(new Set([Leg.INBOUND, Leg.OUTBOUND]));
    socket.close();
  }
});

test("TLS ends in the workers, over either version of HTTP, and what they pass on to the lead came by TLS too", async () => {
  await using own = await startWorkers(`${service}=grpc://${backend.address}`, "--tls-self-signed");
  const lines = accessLog(own);
  const baseUrl = own.address.replace(/^http:/u, "https:");
  const nodeOptions = { rejectUnauthorized: false };
  const transports = (): Parameters<typeof createClient>[1][] => [
    createGrpcTransport({ baseUrl, sessionManager: new Http2SessionManager(baseUrl, {}, nodeOptions) }),
    createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { ...nodeOptions, agent: false } }),
  ];
  for (let round = 0; round < 2; round++) {
    for (const transport of transports())
      expect(await createClient(Chat, transport).echoBooking({ code: "c" })).toMatchObject({ code: "c" });
  }
  await expect.poll(() => lines.length, patient).toBe(4);
  expect(new Set(lines.map(({ worker }) => worker))).toEqual(new Set([1, 2]));
  // The registry is the lead's.
  const kv = createClient(KV, createGrpcTransport({ baseUrl, nodeOptions }));
  const key = new TextEncoder().encode("some/key");
  await kv.put({ key, value: key });
  expect((await kv.range({ key })).kvs).toHaveLength(1);
  // A page within TLS has an origin with https; one without has not.
  const tunnel = (origin: string): Promise<number | "open"> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${baseUrl.replace("https", "wss")}/-/tunnel`, ["rpcdeck.tunnel.v1"], { ...nodeOptions, origin });
      socket.once("open", () => resolve("open"));
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
      socket.once("error", () => undefined);
    });
  expect([await tunnel(baseUrl), await tunnel(baseUrl.replace("https", "http"))]).toEqual(["open", 403]);
});

test.skipIf(!isLinux)("a worker that is killed is replaced, and calls go on", async () => {
  await using own = await startWorkers(`${service}=grpc://${backend.address}`);
  const before = childrenOf(own.child.pid);
  expect(before).toHaveLength(2);
  for (let at = 0; at < 20; at++) expect(await callOnce(own.address)).toBe(200);
  const calls = () => figure(own, `rpcdeck_calls_total{service="${service}",code="ok"}`);
  await expect.poll(calls, patient).toBe(20);
  process.kill(before[0] as number, "SIGKILL");
  // A connection that was handed over in that moment goes with it; none does afterwards.
  await expect.poll(() => childrenOf(own.child.pid).filter((pid) => !before.includes(pid)), patient).toHaveLength(1);
  for (let at = 0; at < 10; at++) expect(await callOnce(own.address)).toBe(200);
  await expect.poll(() => figure(own, "rpcdeck_workers"), patient).toBe(2);
  expect(await figure(own, "rpcdeck_worker_restarts_total")).toBe(1);
  // What it had counted is not forgotten: a sum that falls looks like calls to whoever reads rates.
  expect(await calls()).toBe(30);
  for (let at = 0; at < 10; at++) expect(await callOnce(own.address)).toBe(200);
  own.child.kill("SIGTERM");
  const { code, stderr } = await own.ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(new RegExp(`worker 1 \\(process ${before[0]}\\) ended with SIGKILL, .*another one starts in 0\\.1 s`, "u"));
});

test.skipIf(!isLinux)("a lead that is killed takes its workers and its socket with it", async () => {
  const own = await startWorkers(`${service}=grpc://${backend.address}`);
  const workers = childrenOf(own.child.pid);
  const inside = unixSocketOf(own.child.pid);
  expect(inside === undefined ? false : existsSync(inside)).toBe(true);
  own.child.kill("SIGKILL");
  await own.ended; // its output is open as long as any of them lives
  expect(workers.filter(isRunning)).toEqual([]);
  expect(existsSync(inside ?? "")).toBe(false);
});

test("no call is lost while it ends under load", async () => {
  await using own = await startWorkers(`${service}=grpc://${backend.address}`, "--drain-wait", "1s");
  const failures: string[] = [];
  let calls = 0;
  let isReady = true;
  // What a load balancer does: no new calls once it is not ready, on kept connections or on new ones.
  const caller = async (isKept: boolean): Promise<void> => {
    const client = createClient(Chat, createGrpcTransport({ baseUrl: own.address, sessionManager: new Http2SessionManager(own.address) }));
    while (isReady) {
      calls++;
      await (isKept ? client.echoBooking({ code: "c" }) : callOnce(own.address)).catch((error: unknown) => failures.push(String(error)));
    }
  };
  const callers = [true, true, true, false, false].map(caller);
  await expect.poll(() => calls, patient).toBeGreaterThan(100);
  own.child.kill("SIGTERM");
  while ((await fetch(`${own.address}/-/readyz`)).status === 200);
  await new Promise((done) => setTimeout(done, 300));
  isReady = false;
  await Promise.all(callers);
  expect(failures).toEqual([]);
  expect((await own.ended).code).toBe(0);
});

async function* texts(...all: readonly string[]): AsyncIterable<{ text: string }> {
  for (const text of all) yield { text };
}
