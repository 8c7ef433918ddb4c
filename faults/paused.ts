// A backend pushes for all it is worth while nobody reads: what the gateway holds meanwhile, and that nothing is missing in the end.
import http from "node:http";
import http2 from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { readTunnelMessage, tunnelTypes, writeTunnelMessage } from "@rpcdeck/frames";
import { TunnelCreditSchema, TunnelStartSchema } from "@rpcdeck/protocol/rpcdeck/v1/tunnel_pb.ts";
import { listen, type TestServer } from "@rpcdeck/testkit";
import { WebSocket } from "ws";
import type { ProbedGateway } from "./gateway.ts";
import { mib, row, type Tally } from "./report.ts";

/** How much is pushed, and for how long nobody reads. */
export interface PausedOptions {
  readonly bytes: number;
  readonly pauseMs: number;
}

/** Most that the gateway may hold more while the caller is paused, and most that it may take from the backend, in bytes (R9). */
export const pausedBoundBytes = 16 * 1024 * 1024;

/** A call whose answer is not read until `readAll`, which answers how many bytes of messages came. */
interface PausedCall {
  readAll(): Promise<number>;
  close(): void;
}

interface Target {
  readonly gateway: ProbedGateway;
  /** For `rpcdeck-target`. */
  readonly backend: string;
}

const messageBytes = 64 * 1024;
const prefixBytes = 5;
const path = "/pb.AddressBookService/ListPeople";
const widths = [28, -12, -12, -12];

/** Every way in whose flow control is its own: HTTP/2, HTTP/1.1, and the tunnel. */
const ways: readonly { readonly name: string; readonly open: (target: Target) => Promise<PausedCall> }[] = [
  { name: "gRPC over HTTP/2", open: openHttp2 },
  { name: "gRPC-Web over HTTP/1.1", open: openHttp1 },
  { name: "the tunnel", open: openTunnel },
];

/** One way after the other. */
export async function runPaused(gateway: ProbedGateway, options: PausedOptions, tally: Tally): Promise<void> {
  row(widths, ["caller", "pushed", "taken", "held more"]);
  for (const { name, open } of ways) {
    const backend = await startPushing(options.bytes);
    const base = await gateway.measure();
    const call = await open({ gateway, backend: `grpc://127.0.0.1:${backend.port}` });
    await sleep(options.pauseMs); // time itself is what is tested
    const [held, taken] = [await gateway.measure(), backend.pushed()];
    const more = held.heap - base.heap;
    row(widths, [name, mib(options.bytes), mib(taken), mib(more)]);
    const limit = `more than ${mib(pausedBoundBytes)}`;
    tally.check(`${name}: the backend was called`, taken > 0 ? undefined : "nothing was pushed");
    tally.check(`${name}: held while paused`, more <= pausedBoundBytes ? undefined : `${mib(more)}, ${limit}`);
    tally.check(`${name}: taken from the backend while paused`, taken <= pausedBoundBytes ? undefined : `${mib(taken)}, ${limit}`);
    const read = await call.readAll();
    tally.check(`${name}: all of it arrives in the end`, read === options.bytes ? undefined : `${read} of ${options.bytes} bytes`);
    call.close();
    await backend.close();
  }
  tally.check("no uncaught exception", gateway.uncaught()[0]);
}

/** A gRPC server that answers with messages of 64 KiB as fast as it may. */
async function startPushing(bytes: number): Promise<TestServer & { pushed(): number }> {
  let pushed = 0;
  const envelope = Buffer.alloc(prefixBytes + messageBytes);
  envelope.writeUInt32BE(messageBytes, 1);
  const server = http2.createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => {}); // the call may be broken off
    stream.resume();
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    const push = (): void => {
      while (pushed < bytes) {
        pushed += messageBytes;
        if (!stream.write(envelope)) return void stream.once("drain", push);
      }
      stream.end();
    };
    push();
  });
  return { ...(await listen(server)), pushed: () => pushed };
}

async function openHttp2({ gateway, backend }: Target): Promise<PausedCall> {
  const session = http2.connect(gateway.url);
  const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", "rpcdeck-target": backend });
  stream.end(Buffer.alloc(prefixBytes));
  await new Promise((done) => stream.once("response", done));
  return {
    readAll: async () => withoutPrefixes(await sizeOf(stream)),
    close() {
      session.destroy();
    },
  };
}

async function openHttp1({ gateway, backend }: Target): Promise<PausedCall> {
  const headers = { "content-type": "application/grpc-web", "rpcdeck-target": backend };
  const request = http.request(`${gateway.url}${path}`, { method: "POST", headers, agent: false });
  request.end(Buffer.alloc(prefixBytes));
  const response = await new Promise<http.IncomingMessage>((done, fail) => request.once("response", done).once("error", fail));
  return {
    readAll: async () => withoutPrefixes(await sizeOf(response)), // its trailers are smaller than a message
    close() {
      request.destroy();
    },
  };
}

/** A page that gives no credit beyond the one that each call begins with. */
async function openTunnel({ gateway, backend }: Target): Promise<PausedCall> {
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/-/tunnel`, ["rpcdeck.tunnel.v1"]);
  await new Promise((done) => socket.once("open", done));
  let bytes = 0;
  let reads = false;
  const ended = new Promise<void>((done) => {
    socket.on("message", (data: Buffer) => {
      const message = readTunnelMessage(data);
      if (message?.type === tunnelTypes.endDown) done();
      if (message?.type !== tunnelTypes.messageDown) return;
      bytes += message.payload.length - 1; // the first one is for flags
      if (reads) credit(message.payload.length);
    });
  });
  const send = (type: number, payload: Uint8Array, flags?: number): void => socket.send(writeTunnelMessage(1, type, payload, flags));
  const credit = (size: number): void => {
    send(tunnelTypes.credit, toBinary(TunnelCreditSchema, create(TunnelCreditSchema, { bytes: BigInt(size) })));
  };
  const metadata = [{ name: "rpcdeck-target", value: backend }];
  send(tunnelTypes.start, toBinary(TunnelStartSchema, create(TunnelStartSchema, { path, codec: "proto", metadata })));
  send(tunnelTypes.message, new Uint8Array(), 0);
  send(tunnelTypes.halfClose, new Uint8Array());
  return {
    async readAll() {
      reads = true;
      credit(bytes);
      await ended;
      return bytes;
    },
    close() {
      socket.terminate();
    },
  };
}

async function sizeOf(body: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return bytes;
}

/** Bytes of whole messages in a body of so many bytes. */
function withoutPrefixes(bytes: number): number {
  return Math.floor(bytes / (prefixBytes + messageBytes)) * messageBytes;
}
