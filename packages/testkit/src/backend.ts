import http from "node:http";
import http2 from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { demoServices, type Seen } from "./demo-services.ts";
import { listen, type TestServer } from "./listen.ts";

/** How a demo backend is started. */
export interface BackendOptions {
  /** Which protocols it answers. Default all three. */
  readonly protocols?: readonly ("grpc" | "connect" | "grpc-web")[];
  /** Default "h2c". */
  readonly http?: "h2c" | "http/1.1";
  /** HTTP/2 limit it announces. */
  readonly maxConcurrentStreams?: number;
  /** What it calls itself in answers. */
  readonly name?: string;
  /** 0 for a free one. */
  readonly port?: number;
}

/** A running demo backend. */
export interface TestBackend extends TestServer {
  readonly seen: Seen;
}

/** A real server with the demo services on a loopback port. */
export async function startBackend(options: BackendOptions = {}): Promise<TestBackend> {
  const protocols = options.protocols ?? ["grpc", "connect", "grpc-web"];
  const seen: Seen = { calls: 0, cancelled: 0, timeoutMs: undefined, headers: new Headers() };
  const handler = connectNodeAdapter({
    routes: demoServices(options.name ?? "testkit", seen),
    grpc: protocols.includes("grpc"),
    grpcWeb: protocols.includes("grpc-web"),
    connect: protocols.includes("connect"),
  });
  const settings = options.maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams: options.maxConcurrentStreams };
  const server = options.http === "http/1.1" ? http.createServer(handler) : http2.createServer({ settings }, handler);
  return { ...(await listen(server, options.port)), seen };
}
