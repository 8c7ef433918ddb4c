/** Times of the connection pool, all in milliseconds. Configuration, so that fault runs can shorten them (decision 8). */
export interface PoolTimers {
  /** Name, TCP, TLS and SETTINGS together. */
  readonly connectMs: number;
  /** A connection without streams is closed after this. */
  readonly idleCloseMs: number;
  /** Silence with open streams before one PING is sent. */
  readonly keepaliveSilenceMs: number;
  /** A PING without an answer for this long makes the connection dead. */
  readonly keepaliveTimeoutMs: number;
  /** While the server stays silent no further PING before this: grpc-go closes connections that are pinged oftener. */
  readonly keepaliveRepeatMs: number;
}

/** Shipped times. */
export const defaultPoolTimers: PoolTimers = {
  connectMs: 5_000,
  idleCloseMs: 5 * 60_000,
  keepaliveSilenceMs: 20_000,
  keepaliveTimeoutMs: 20_000,
  keepaliveRepeatMs: 5 * 60_000,
};

/** Sizes of the connection pool, each per backend. */
export interface PoolLimits {
  /** Exchanges under way. */
  readonly maxRunning: number;
  /** Exchanges that wait for a connection, a stream or their turn; one more is refused as too_busy. */
  readonly maxWaiting: number;
  /** HTTP/2 connections; a further one is opened only when the peer's stream limit is reached on the others. */
  readonly maxConnections: number;
  /** HTTP/1.1 connections, one per running exchange. */
  readonly maxHttp1Connections: number;
}

/** Shipped sizes. */
export const defaultPoolLimits: PoolLimits = { maxRunning: 1_000, maxWaiting: 1_000, maxConnections: 8, maxHttp1Connections: 256 };
