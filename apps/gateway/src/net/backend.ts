import http from "node:http";
import type { Socket } from "node:net";
import { GatewayError } from "../errors/gateway-error.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { dial } from "./dial.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange, ExchangeListener, ExchangeRequest } from "./exchange.ts";
import { openH1Exchange } from "./h1-exchange.ts";
import { maxStreamsPerConnection, openH2, type H2Connection } from "./h2-connection.ts";
import { openH2Exchange } from "./h2-exchange.ts";
import type { ClientStreamContext } from "./http2/client-stream.ts";
import type { PoolLimits, PoolTimers } from "./pool-options.ts";
import { createTransportQuestion } from "./transport-question.ts";

/** All connections to one endpoint. */
export interface Backend {
  /** Starts an exchange; it waits where it must. Never throws. */
  open(request: ExchangeRequest, listener: ExchangeListener): Exchange;
  /** Breaks everything off; what is under way ends with a fault. */
  close(reason: GatewayError): void;
  /** "h2" or "http/1.1" once it is known. */
  readonly version: "h2" | "http/1.1" | undefined;
  /** Open connections of HTTP/1.1, idle ones too. */
  http1Connections(): number;
  readonly counts: { readonly running: number; readonly waiting: number; readonly connections: number; readonly dialling: number };
}

/** What all backends share. */
export interface BackendContext {
  readonly policy: AddressPolicy;
  readonly timers: PoolTimers;
  readonly limits: PoolLimits;
}

/** Time that a server which ignores the HTTP/2 preface gets before HTTP/1.1 is tried, in milliseconds. */
const h2GuessMs = 1_500;
/** Time an idle HTTP/1.1 connection is kept, in milliseconds: below the 5 s after which Node's own servers close. */
const h1KeepMs = 4_000;
/** Streams that a connection being dialled is expected to carry, until a peer has told its limit. */
const expectedStreams = 100;

interface Waiter {
  readonly request: ExchangeRequest;
  readonly listener: ExchangeListener;
  inner: Exchange | undefined;
  cancelled: boolean;
  paused: boolean;
}

interface Pooled {
  readonly connection: H2Connection;
  readonly context: ClientStreamContext;
}

/** The connections to one endpoint, none yet. */
export function createBackend(endpoint: Endpoint, { policy, timers, limits }: BackendContext): Backend {
  const scheme = endpoint.tls.kind === "tls" ? "https" : "http";
  const authority = endpoint.authority ?? (endpoint.address.startsWith("unix:") ? "localhost" : endpoint.address);
  let pooled: readonly Pooled[] = [];
  const all = new Set<H2Connection>();
  const dialling = new Set<AbortController>();
  let waiting: Waiter[] = [];
  let running = 0;
  let streamsPerConnection = expectedStreams;
  let version: "h2" | "http/1.1" | undefined;
  let agent: http.Agent | undefined;
  const agents = new Set<http.Agent>();
  let closed: GatewayError | undefined;
  const question = createTransportQuestion(endpoint, { policy });

  /** HTTP/1.1 was answered, so it is no guess any more. */
  let isHttp1Proven = false;

  const h1Context = (using: http.Agent) => ({
    agent: using,
    address: endpoint.address,
    authority,
    explainBadRequest: isHttp1Proven ? undefined : () => question.explainBadRequest(),
    onClosed: onH1Closed,
    onAnswer,
  });

  function place(request: ExchangeRequest, listener: ExchangeListener): Exchange | undefined {
    if (running >= limits.maxRunning) return undefined;
    if (agent !== undefined) {
      if (running >= limits.maxHttp1Connections) return undefined;
      running++;
      return openH1Exchange(request, h1Context(agent), listener);
    }
    for (const { connection, context } of pooled) {
      if (connection.free() > 0) return openH2Exchange(request, context, listener);
    }
    return undefined;
  }

  function onAnswer(): void {
    isHttp1Proven = true;
  }

  /** An exchange that ends unanswered may have gone to a server that was silent for a while, and speaks HTTP/2. */
  function onH1Closed(): void {
    running--;
    if (!isHttp1Proven) forgetHttp1();
    pump();
  }

  function pump(): void {
    while (waiting.length > 0 && closed === undefined) {
      const waiter = waiting[0] as Waiter;
      if (!waiter.cancelled) {
        const inner = place(waiter.request, waiter.listener);
        if (inner === undefined) break;
        waiter.inner = inner;
        if (waiter.paused) inner.pause();
      }
      waiting.shift();
    }
    dialAsNeeded();
  }

  function dialAsNeeded(): void {
    if (agent !== undefined || closed !== undefined || running >= limits.maxRunning) return;
    while (waiting.length > dialling.size * streamsPerConnection && pooled.length + dialling.size < limits.maxConnections) {
      const attempt = new AbortController();
      dialling.add(attempt);
      void connect(attempt);
    }
  }

  async function connect(attempt: AbortController): Promise<void> {
    const startedMs = performance.now();
    let isThere = false;
    try {
      const { socket, raw, alpn } = await dial(endpoint, {
        policy,
        alpn: endpoint.http === "h2" ? ["h2"] : ["h2", "http/1.1"],
        timeoutMs: timers.connectMs,
        signal: attempt.signal,
      });
      isThere = true;
      if (endpoint.http === "any" && endpoint.tls.kind === "tls" && alpn !== "h2") {
        raw.destroy();
        switchToHttp1();
      } else {
        const leftMs = Math.max(1, timers.connectMs - (performance.now() - startedMs));
        const attach = await openH2(
          socket,
          raw,
          timers,
          endpoint.http === "any" && version !== "h2" ? Math.min(leftMs, h2GuessMs) : leftMs,
        );
        version = "h2";
        add(attach);
      }
      dialling.delete(attempt);
      pump();
    } catch (error) {
      const explained = await question.explain(error);
      dialling.delete(attempt);
      // Over TLS the server has said that it speaks HTTP/2.
      if (
        explained === undefined &&
        isThere &&
        endpoint.http === "any" &&
        endpoint.tls.kind === "plaintext" &&
        version !== "h2" &&
        closed === undefined
      ) {
        switchToHttp1();
        return pump();
      }
      version = undefined;
      const reason =
        explained ??
        (error instanceof GatewayError
          ? error
          : new GatewayError("target_protocol", `${endpoint.address}: ${notHttp2(error)}`, { cause: error }));
      // Other connections may still serve those that wait.
      if (pooled.length === 0 && dialling.size === 0) failWaiting(closed ?? reason);
    }
  }

  function add(attach: Awaited<ReturnType<typeof openH2>>): void {
    const connection = attach({
      onRetired() {
        pooled = pooled.filter((one) => one.connection !== connection);
      },
      onFree: pump,
      onClosed() {
        all.delete(connection);
        pump();
      },
    });
    all.add(connection);
    if (closed !== undefined) return connection.destroy(closed.message);
    const { maxStreams } = connection.client;
    streamsPerConnection = Math.max(1, Number.isFinite(maxStreams) ? Math.min(maxStreams, maxStreamsPerConnection) : expectedStreams);
    const context: ClientStreamContext = {
      connection: connection.client,
      address: endpoint.address,
      scheme,
      authority,
      onOpened() {
        running++;
        connection.streamOpened();
      },
      onClosed() {
        running--;
        connection.streamClosed();
      },
    };
    pooled = [...pooled, { connection, context }];
  }

  function switchToHttp1(): void {
    if (agent !== undefined) return;
    version = "http/1.1";
    agent = new http.Agent({ keepAlive: true, maxSockets: limits.maxHttp1Connections, timeout: h1KeepMs });
    agents.add(agent);
    agent.createConnection = (_options, done) => {
      void dialHttp1().then(({ error, socket }) => {
        // oxlint-disable-next-line promise/no-callback-in-promise -- Node's agent takes a callback
        done?.(error, socket as never);
      });
      return undefined;
    };
  }

  async function dialHttp1(): Promise<{ readonly error: Error | null; readonly socket?: Socket }> {
    try {
      const { socket } = await dial(endpoint, { policy, alpn: ["http/1.1"], timeoutMs: timers.connectMs });
      if (closed !== undefined) socket.destroy();
      return { error: null, socket };
    } catch (error) {
      forgetHttp1();
      return { error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  /** The server is away: what comes back may speak something else. */
  function forgetHttp1(): void {
    agent = undefined;
    version = undefined;
    isHttp1Proven = false;
    for (const one of agents) if (Object.keys(one.sockets).length === 0) agents.delete(one); // others end with their exchanges
  }

  function failWaiting(error: GatewayError): void {
    const failed = waiting;
    waiting = [];
    for (const waiter of failed) {
      if (!waiter.cancelled) waiter.listener.onFault({ error, unseen: true, refused: undefined, resetCode: undefined });
    }
  }

  return {
    open(request, listener) {
      const inner = waiting.length === 0 && closed === undefined ? place(request, listener) : undefined;
      if (inner !== undefined) return inner;
      const waiter: Waiter = { request, listener, inner: undefined, cancelled: false, paused: false };
      const busy = waiting.length >= limits.maxWaiting ? tooBusy() : undefined;
      const refusal = closed ?? busy;
      if (refusal === undefined) {
        waiting.push(waiter);
        dialAsNeeded();
      } else {
        queueMicrotask(() => {
          if (!waiter.cancelled) listener.onFault({ error: refusal, unseen: true, refused: undefined, resetCode: undefined });
        });
      }
      return {
        write: (bytes) => waiter.inner?.write(bytes) ?? true,
        end(bytes) {
          waiter.inner?.end(bytes);
        },
        cancel() {
          waiter.cancelled = true;
          if (waiter.inner !== undefined) return waiter.inner.cancel();
          waiting = waiting.filter((one) => one !== waiter);
        },
        pause() {
          waiter.paused = true;
          waiter.inner?.pause();
        },
        resume() {
          waiter.paused = false;
          waiter.inner?.resume();
        },
      };
    },
    close(reason) {
      closed = reason;
      question.close();
      for (const attempt of dialling) attempt.abort();
      failWaiting(reason);
      for (const connection of all) connection.destroy(reason.message);
      for (const one of agents) one.destroy();
    },
    http1Connections() {
      const lists = [...agents].flatMap((one) => [...Object.values(one.sockets), ...Object.values(one.freeSockets)]);
      return lists.reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
    },
    get version() {
      return version;
    },
    get counts() {
      return { running, waiting: waiting.length, connections: all.size, dialling: dialling.size };
    },
  };

  function tooBusy(): GatewayError {
    return new GatewayError(
      "too_busy",
      `${endpoint.address}: ${running} calls are under way and ${waiting.length} wait, the limit is ${limits.maxWaiting} waiting`,
    );
  }
}

function notHttp2(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  if (/protocol error/iu.test(why)) return "does not speak HTTP/2";
  return `HTTP/2 did not begin: ${why}`;
}
