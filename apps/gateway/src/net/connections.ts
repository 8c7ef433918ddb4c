import { GatewayError } from "../errors/gateway-error.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { createBackend, type Backend } from "./backend.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange, ExchangeListener, ExchangeRequest } from "./exchange.ts";
import { defaultPoolLimits, defaultPoolTimers, type PoolLimits, type PoolTimers } from "./pool-options.ts";

/** Every outgoing connection of the gateway, pooled by endpoint. */
export interface Connections {
  /**
   * Starts a POST: on a pooled connection with room, else on a new one once the server's SETTINGS are known. Never throws and never calls
   * `listener` before it returned; every failure is a fault that names the address and the cause.
   */
  open(endpoint: Endpoint, request: ExchangeRequest, listener: ExchangeListener): Exchange;
  /** The HTTP version an endpoint was found to speak; undefined before the first connection. */
  versionOf(endpoint: Endpoint): "h2" | "http/1.1" | undefined;
  /** Sums over all backends, for metrics. */
  counts(): PoolCounts;
  /** The policy every connection obeys. */
  readonly policy: AddressPolicy;
  readonly timers: PoolTimers;
  /** Breaks off whatever is open and refuses what comes later with `shutting_down`. Leaves no socket and no timer. */
  close(): void;
}

/** Sums over all backends. */
export interface PoolCounts {
  readonly backends: number;
  /** Requests under way, over either version of HTTP. */
  readonly running: number;
  /** Requests that wait for a connection with room. */
  readonly waiting: number;
  /** Open connections of HTTP/2. */
  readonly connections: number;
  /** Open connections of HTTP/1.1, idle ones too. */
  readonly http1Connections: number;
}

/** How the pool is made. */
export interface ConnectionsOptions {
  readonly policy: AddressPolicy;
  /** Default {@link defaultPoolTimers}. */
  readonly timers?: Partial<PoolTimers>;
  /** Default {@link defaultPoolLimits}. */
  readonly limits?: Partial<PoolLimits>;
}

/** Backends that are remembered with nothing open; the oldest is forgotten first. */
const maxIdleBackends = 512;

/** An empty pool. */
export function createConnections(options: ConnectionsOptions): Connections {
  const context = {
    policy: options.policy,
    timers: { ...defaultPoolTimers, ...options.timers },
    limits: { ...defaultPoolLimits, ...options.limits },
  };
  const backends = new Map<string, Backend>();
  const byEndpoint = new WeakMap<Endpoint, Backend>();
  const shuttingDown = new GatewayError("shutting_down", "the gateway is ending");
  let isClosed = false;

  const backendFor = (endpoint: Endpoint): Backend => {
    const near = byEndpoint.get(endpoint);
    if (near !== undefined && backends.get(endpoint.key) === near) return near;
    let backend = backends.get(endpoint.key);
    if (backend === undefined) {
      backend = createBackend(endpoint, context);
      if (isClosed) backend.close(shuttingDown);
      backends.set(endpoint.key, backend);
      if (backends.size > maxIdleBackends) forgetIdle();
    }
    byEndpoint.set(endpoint, backend);
    return backend;
  };

  function forgetIdle(): void {
    for (const [key, { counts }] of backends) {
      if (backends.size <= maxIdleBackends) return;
      if (counts.running + counts.waiting + counts.connections + counts.dialling === 0) backends.delete(key);
    }
  }

  return {
    policy: context.policy,
    timers: context.timers,
    open: (endpoint, request, listener) => backendFor(endpoint).open(request, listener),
    versionOf: (endpoint) => backends.get(endpoint.key)?.version,
    counts() {
      const sum = { backends: backends.size, running: 0, waiting: 0, connections: 0, http1Connections: 0 };
      for (const backend of backends.values()) {
        const { counts } = backend;
        sum.http1Connections += backend.http1Connections();
        sum.running += counts.running;
        sum.waiting += counts.waiting;
        sum.connections += counts.connections;
      }
      return sum;
    },
    close() {
      isClosed = true;
      for (const backend of backends.values()) backend.close(shuttingDown);
    },
  };
}
