// For canary.test.ts: run inside a network namespace whose loopback device has metadata and private addresses. Starts a canary, which counts
// the connections to any of them, and the gateway; names forbidden addresses in every spelling and every way; prints what came of it.
import { spawn } from "node:child_process";
import http from "node:http";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { KV } from "@rpcdeck/protocol/etcd/rpc_pb.ts";
import { linkLocalHosts, onlyTypedHosts } from "./net/test-forbidden-hosts.ts";

/** What is printed, as JSON. */
export interface CanaryReport {
  /** Connections that the canary saw while forbidden addresses were named. */
  readonly forbidden: number;
  /** Connections it saw when an allowed address was named: it is awake. */
  readonly allowed: number;
  /** How often a forbidden address was named. */
  readonly named: number;
  /** How often each code came. */
  readonly codes: Readonly<Record<string, number>>;
  /** Texts of refusals of typed addresses, with the address taken out. */
  readonly texts: readonly string[];
}

const ports = [80, 443];
const json = { "content-type": "application/json" };
let seen = 0;
const canary = http.createServer((_request, response) => response.end("canary"));
for (const port of ports) {
  net
    .createServer((socket) => {
      seen++;
      socket.on("error", () => {}); // hung up on
      canary.emit("connection", socket);
    })
    .listen(port, "::");
}
// A backend that sends whoever calls it to the metadata service.
http
  .createServer((request, response) => {
    const status = Number(new URL(request.url ?? "", "http://x").pathname.slice(-3));
    response.writeHead(status, { location: "http://169.254.169.254/latest/meta-data" }).end();
  })
  .listen(9000, "127.0.0.1");

const configured = linkLocalHosts.flatMap((host, at) => ["--target", `conf.S${at}=grpc://${host}:80`]);
// A spelling that the URL standard does not know is refused when the gateway starts, which is as good.
const main = fileURLToPath(new URL("main.ts", import.meta.url));
const gateway = spawn(process.execPath, [main, "--no-demo", "--listen", "127.0.0.1:0", "--connect-timeout", "1s", ...configured], {
  stdio: ["ignore", "pipe", "inherit"],
});
process.once("exit", () => gateway.kill("SIGKILL"));
const address = await new Promise<string>((resolve, reject) => {
  gateway.stdout.on("data", (chunk: Buffer) => {
    const match = /rpcdeck ready (\S+)/u.exec(chunk.toString());
    if (match?.[1] !== undefined) resolve(match[1]);
  });
  gateway.once("exit", () => reject(new Error("the gateway did not start")));
});

const codes: Record<string, number> = {};
const texts = new Set<string>();
let named = 0;
async function call(path: string, headers: Record<string, string>, body = "{}"): Promise<string> {
  named++;
  const answer = await fetch(`${address}${path}`, { method: "POST", headers: { ...json, ...headers }, body });
  const { code, message } = (await answer.json()) as { code?: string; message?: string };
  codes[code ?? "ok"] = (codes[code ?? "ok"] ?? 0) + 1;
  return message ?? "";
}

for (const host of [...linkLocalHosts, ...onlyTypedHosts]) {
  for (const [scheme, port] of [
    ["grpc://", 80],
    ["connect+http://", 80],
    ["grpc-web+https://", 443],
    ["dns:///", 80],
    ["", 80],
  ] as const) {
    const message = await call("/pb.Greeter/SayHello", { "rpcdeck-target": asHeader(`${scheme}${host}:${port}`) });
    texts.add(message.replace(/^\S+: /u, "X: "));
  }
  await call("/rpcdeck.v1.SchemaService/InspectTarget", {}, JSON.stringify({ target: `${host}:80` }));
}
for (const at of linkLocalHosts.keys()) await call(`/conf.S${at}/M`, {});
const etcd = createClient(KV, createGrpcTransport({ baseUrl: address }));
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
for (const [at, host] of linkLocalHosts.entries()) {
  await etcd.put({ key: encode(`reg/s${at}`), value: encode(JSON.stringify({ Op: 0, Addr: `${host}:80`, Metadata: null })) });
  await call("/pb.Greeter/SayHello", { "rpcdeck-target": `embedded/reg/s${at}` });
}
for (const status of [301, 302, 307, 308]) {
  await call(`/a.B/M${status}`, { "rpcdeck-target": "connect+http://127.0.0.1:9000", "content-type": "application/proto" });
}
const forbidden = seen;
await fetch(`${address}/a.B/C`, {
  method: "POST",
  headers: { "content-type": "application/proto", "rpcdeck-target": "connect+http://10.9.8.7:80" },
});
const report: CanaryReport = { forbidden, allowed: seen - forbidden, named, codes, texts: [...texts] };
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit());

/** A header holds bytes. */
function asHeader(text: string): string {
  return Buffer.from(text).toString("latin1");
}
