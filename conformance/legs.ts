import { join } from "node:path";
import { root } from "../scripts/steps.ts";
import { bin } from "./go-programs.ts";

/** A server of the suite that the gateway calls. */
export interface Backend {
  /** Path of its program. */
  readonly program: string;
  readonly protocol: "connect" | "grpc" | "grpc-web";
  readonly httpVersion: 1 | 2;
  /** With TLS it asks for a certificate of the gateway's too. */
  readonly tls: boolean;
}

/** One run of the suite. What it may not ask for, and why, is in `features/<name>.yaml`. */
export interface Leg {
  readonly name: string;
  /** Who is under test: a server that the suite's clients call, or a client that calls the suite's servers. */
  readonly mode: "server" | "client";
  /** The program under test, which Node runs. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/** All legs: the gateway before each kind of backend, its own services, and the page's call session over the tunnel. */
export const conformanceLegs: readonly Leg[] = [
  before("grpc", { protocol: "grpc" }),
  before("grpc-web", { protocol: "grpc-web" }),
  before("connect", { protocol: "connect" }),
  before("grpc-go", { protocol: "grpc", program: join(bin, "grpcserver") }),
  before("grpc-web-h1", { protocol: "grpc-web", httpVersion: 1 }),
  before("connect-h1", { protocol: "connect", httpVersion: 1 }),
  before("grpc-tls", { protocol: "grpc", tls: true }),
  before("connect-tls", { protocol: "connect", httpVersion: 1, tls: true }),
  { name: "own-services", mode: "server", program: program("own-services-server.ts"), env: {} },
  { name: "tunnel", mode: "client", program: program("tunnel-client.ts"), env: {} },
];

function before(name: string, backend: Partial<Backend>): Leg {
  const whole: Backend = { program: join(bin, "referenceserver"), protocol: "grpc", httpVersion: 2, tls: false, ...backend };
  return { name, mode: "server", program: program("gateway-server.ts"), env: { BACKEND: JSON.stringify(whole) } };
}

function program(name: string): string {
  return join(root, "conformance", name);
}
