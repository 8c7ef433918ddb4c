// The "server under test" of the Connect conformance runner: starts a backend (reference server or grpc-go's), puts the gateway in front of
// it and answers with the gateway's address. Environment: BACKEND_PROTOCOL grpc | grpc-web | connect, BACKEND_PROGRAM, DESCRIPTORS.
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { createFileRegistry, create, fromBinary, toBinary, type DescMessage } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { startGateway } from "../peers/programs.ts";

const protocols: Readonly<Record<string, { readonly number: number; readonly scheme: string }>> = {
  connect: { number: 1, scheme: "connect+http" },
  grpc: { number: 2, scheme: "grpc" },
  "grpc-web": { number: 3, scheme: "grpc-web+http" },
};
const descriptors = process.env["DESCRIPTORS"] ?? "";
const backend = protocols[process.env["BACKEND_PROTOCOL"] ?? "grpc"] ?? { number: 2, scheme: "grpc" };
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const requestType = message("ServerCompatRequest");
const responseType = message("ServerCompatResponse");

const request = fromBinary(requestType, await readSized(process.stdin));
const inner = reflect(requestType, fromBinary(requestType, toBinary(requestType, request)));
set(inner, "protocol", backend.number);
set(inner, "http_version", 2);
set(inner, "use_tls", false);
for (const name of ["server_creds", "client_tls_cert"]) {
  const field = requestType.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) inner.clear(field);
}
const server = spawn(process.env["BACKEND_PROGRAM"] ?? "referenceserver", [], { stdio: ["pipe", "pipe", "inherit"] });
server.stdin.end(sized(toBinary(requestType, inner.message)));
const answer = reflect(responseType, fromBinary(responseType, await readSized(server.stdout)));
const address = `${String(get(answer, "host"))}:${String(get(answer, "port"))}`;
const gateway = await startGateway(
  "--no-demo",
  "--no-embedded-registry",
  "--log-level",
  "error",
  "--descriptor-set",
  descriptors,
  "--target",
  `connectrpc.conformance.v1.ConformanceService=${backend.scheme}://${address}`,
);
const url = new URL(gateway.address);
const response = reflect(responseType, create(responseType));
set(response, "host", url.hostname);
set(response, "port", Number(url.port));
process.stdout.write(sized(toBinary(responseType, response.message)));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end(server));

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await gateway.stop();
  process.exit(0);
}

function message(name: string): DescMessage {
  const found = registry.getMessage(`connectrpc.conformance.v1.${name}`);
  if (found === undefined) throw new Error(`${descriptors} has no ${name}`);
  return found;
}

function set(target: ReturnType<typeof reflect>, name: string, value: string | number | boolean): void {
  const field = target.desc.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) target.set(field, value);
}

function get(target: ReturnType<typeof reflect>, name: string): unknown {
  const field = target.desc.fields.find((candidate) => candidate.name === name);
  return field === undefined ? undefined : target.get(field);
}

/** A message behind its length, four bytes big-endian. */
function sized(bytes: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes.length);
  return Buffer.concat([prefix, bytes]);
}

async function readSized(stream: Readable): Promise<Uint8Array> {
  let seen = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    seen = Buffer.concat([seen, chunk]);
    if (seen.length >= 4 && seen.length >= 4 + seen.readUInt32BE(0)) return seen.subarray(4, 4 + seen.readUInt32BE(0));
  }
  throw new Error(`the stream ended after ${seen.length} bytes`);
}
