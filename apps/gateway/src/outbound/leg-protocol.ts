import type { Endpoint } from "../net/endpoint.ts";

/** A leg's protocol in words: `gRPC over h2c`, `Connect over HTTP/1.1 with TLS`; without the transport before the first connection told it. */
export function legProtocol(name: string, endpoint: Endpoint, version: "h2" | "http/1.1" | undefined): string {
  const http = version ?? (endpoint.http === "h2" ? "h2" : undefined);
  const isTls = endpoint.tls.kind === "tls";
  if (http === undefined) return isTls ? `${name} with TLS` : name;
  if (http === "h2") return `${name} over ${isTls ? "h2" : "h2c"}`;
  return `${name} over HTTP/1.1${isTls ? " with TLS" : ""}`;
}
