/** Limits of the inbound side. Each has a default that is on. */
export interface InboundLimits {
  /** Largest message by its prefix, in bytes; also the largest unary body. */
  readonly maxMessageBytes: number;
  /** Largest request headers, in bytes; over HTTP/2 a field counts 32 besides its name and value (RFC 9113, 6.5.2). */
  readonly maxHeaderBytes: number;
  /** A request that must have exactly one message ends when its body makes no progress for so long. */
  readonly bodyIdleMs: number;
  /** Connections at once, of all protocols; further ones are refused, with words where the protocol has any. */
  readonly maxConnections: number;
  /** Connections at once from one address of another machine. */
  readonly maxConnectionsPerAddress: number;
  /** HTTP/2 streams at once on one connection. */
  readonly maxStreamsPerConnection: number;
  /** Calls at once on one tunnel. */
  readonly maxTunnelCalls: number;
  /** How often a tunnel, and a grpc-websockets call, is pinged; one that has not answered by the next ping is closed. */
  readonly tunnelPingMs: number;
  /** A new connection must say its protocol within this time. */
  readonly sniffMs: number;
  /** HTTP/1.1 request headers must be complete within this time. */
  readonly headersMs: number;
  /** An HTTP/1.1 connection without a request is closed after this time. */
  readonly keepAliveMs: number;
  /** A connection that is quiet for so long is probed by TCP, so that one whose caller is gone ends; how often and how long is the system's affair. */
  readonly probeMs: number;
  /** An HTTP/2 connection without a stream is closed (GOAWAY) after this time. */
  readonly idleSessionMs: number;
}

/** What the gateway starts with; listed in docs/limits.md. */
export const defaultInboundLimits: InboundLimits = {
  maxMessageBytes: 16 * 1024 * 1024,
  maxHeaderBytes: 64 * 1024,
  bodyIdleMs: 30_000,
  maxConnections: 512,
  maxConnectionsPerAddress: 64,
  maxStreamsPerConnection: 100,
  maxTunnelCalls: 1000,
  tunnelPingMs: 20_000,
  sniffMs: 10_000,
  headersMs: 10_000,
  keepAliveMs: 65_000,
  probeMs: 60_000,
  idleSessionMs: 60_000,
};

/** Bytes of allowed headers for each allowed field: 256 fields with the default of 64 KiB. */
const headerBytesPerField = 256;

/** How many header fields a request may have. */
export function maxHeaderFields(limits: Pick<InboundLimits, "maxHeaderBytes">): number {
  return Math.floor(limits.maxHeaderBytes / headerBytesPerField);
}
