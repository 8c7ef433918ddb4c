// The "server under test" of the Connect conformance runner: starts a backend of the suite, puts the gateway in front of it and answers
// with the gateway's address. Environment: DESCRIPTORS and BACKEND, a `Backend` as JSON.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientCertificate, serverCertificate, testAuthority } from "@rpcdeck/testkit";
import { type Program, startGateway } from "../peers/programs.ts";
import type { Backend } from "./legs.ts";
import { readSizedMessage, sizedMessage } from "./sized-messages.ts";
import { conformanceServiceName, readSuiteTypes } from "./suite-types.ts";

const protocols = {
  connect: { number: 1, scheme: "connect+http" },
  grpc: { number: 2, scheme: "grpc" },
  "grpc-web": { number: 3, scheme: "grpc-web+http" },
} as const;
const descriptors = process.env["DESCRIPTORS"] ?? "";
const backend = JSON.parse(process.env["BACKEND"] ?? "") as Backend;
const { number: protocol, scheme } = protocols[backend.protocol];
const types = readSuiteTypes(descriptors);
const work = mkdtempSync(join(tmpdir(), "rpcdeck-conformance-"));

// Its messages go through us: an inherited stderr would keep the runner waiting, should the server outlive this program.
const server = spawn(backend.program, [], { stdio: ["pipe", "pipe", "pipe"] });
server.stderr.pipe(process.stderr);
let gateway: Program | undefined;
let isEnding = false;
// The runner gives up on a slow start too.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end());

const request = types.read("ServerCompatRequest", await readSizedMessage(process.stdin));
const asked = types.write("ServerCompatRequest", {
  protocol,
  httpVersion: backend.httpVersion,
  messageReceiveLimit: request.number("message_receive_limit"),
  ...(backend.tls ? { useTls: true, serverCreds: pem(serverCertificate), clientTlsCert: Buffer.from(testAuthority) } : {}),
});
server.stdin.end(sizedMessage(asked));
const backendAt = types.read("ServerCompatResponse", await readSizedMessage(server.stdout));

const certificate = request.child("server_creds");
const clientAuthority = request.bytes("client_tls_cert");
const config = {
  "no-demo": true,
  "no-embedded-registry": true,
  "log-level": "error",
  "descriptor-set": [descriptors],
  target: [target(backendAt.text("host"), backendAt.number("port"))],
  ...(certificate === undefined
    ? {}
    : { "tls-cert": file("own.pem", certificate.bytes("cert")), "tls-key": file("own.key", certificate.bytes("key")) }),
  ...(clientAuthority.length === 0 ? {} : { "tls-client-ca": file("callers.pem", clientAuthority) }),
};
gateway = await startGateway("--config", file("config.json", JSON.stringify(config)));
const { hostname, port } = new URL(gateway.address);
const pemCert = certificate?.bytes("cert") ?? new Uint8Array();
process.stdout.write(sizedMessage(types.write("ServerCompatResponse", { host: hostname, port: Number(port), pemCert })));

async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  server.kill("SIGTERM");
  await gateway?.stop();
  rmSync(work, { recursive: true });
  process.exit(0);
}

/** The backend as an entry of the gateway's configuration. */
function target(host: string, port: number): Readonly<Record<string, string>> {
  const url = `${scheme}${backend.tls ? "s" : ""}://${host}:${port}`;
  if (!backend.tls) return { pattern: conformanceServiceName, url };
  return {
    pattern: conformanceServiceName,
    url,
    ca: file("authority.pem", testAuthority),
    cert: file("client.pem", clientCertificate.cert),
    key: file("client.key", clientCertificate.key),
  };
}

function pem({ cert, key }: { readonly cert: string; readonly key: string }): Record<string, unknown> {
  return { cert: Buffer.from(cert), key: Buffer.from(key) };
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(work, name), content);
  return join(work, name);
}
