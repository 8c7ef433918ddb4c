import type { AddressInfo, Server, Socket } from "node:net";
import type { Call } from "../call/call.ts";
import { createTraceHub, type TraceHub } from "../call/trace-recorder.ts";
import { toOutcome } from "../errors/to-outcome.ts";
import { createDispatch } from "./dispatch.ts";
import { createGuard } from "./guard.ts";
import type { Exchange } from "./exchange.ts";
import { defaultInboundLimits, type InboundLimits } from "./limits.ts";
import { createInsideServer } from "./inside-server.ts";
import { createListener, type InboundTls } from "./listener.ts";
import { createPassOn } from "./pass-on.ts";
import { createStaticFiles } from "./static-files.ts";
import { createUpgrade } from "./upgrade.ts";

/**
 * The inbound side: one port that speaks HTTP/1.1, HTTP/2 (with prior knowledge), WebSocket and, with a certificate, TLS with all of them.
 * Every RPC, whatever its protocol, is handed to `handleCall` as a {@link Call}; the gateway's own services are no exception. Compose it:
 *
 *     const inbound = createInbound({ handleCall: router.handleCall, listenHost: "127.0.0.1", webRoot, isReady: () => true });
 *     const { port } = await inbound.listen(8080);
 *     ...
 *     inbound.drain(); // GOAWAY; calls under way go on
 *     await inbound.close(graceMs); // cut off what is left
 */
export interface InboundOptions {
  /** Takes every RPC whose headers are in order, and ends each of them. What it throws ends the call as internal and goes to `onBug`. */
  readonly handleCall: (call: Call) => void;
  /** Told of what `handleCall` threw: a bug to log. Default: nobody. */
  readonly onBug?: (error: unknown, path: string) => void;
  /** Told the HTTP status of every request that is turned away before it is a call. Default: nobody. */
  readonly onRefusal?: (status: number) => void;
  /** Host to listen on, a name or address without brackets. */
  readonly listenHost: string;
  /** Folder of the built page. */
  readonly webRoot: string;
  /** Answers /-/readyz. */
  readonly isReady: () => boolean;
  /** True once callers should go elsewhere: answers over HTTP/1.1 then end their connection. Default: from `drain` on. */
  readonly isLeaving?: () => boolean;
  /** --allow-host. Default none. */
  readonly allowHosts?: readonly string[];
  /** --allow-origin. Default none. */
  readonly allowOrigins?: readonly string[];
  /** --token. Default none. */
  readonly token?: string | undefined;
  /** PEM of --tls-cert, --tls-key and --tls-client-ca. */
  readonly tls?: InboundTls | undefined;
  /** Default {@link defaultInboundLimits}. */
  readonly limits?: Partial<InboundLimits>;
  /** Default: one of its own. */
  readonly traceHub?: TraceHub;
  /** Text for /-/metrics. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly body: string }>;
  /** In a worker: what it does not serve itself goes to the lead. Default: everything is served here. */
  readonly passing?: PassingOptions;
}

/** What a worker leaves to the lead. */
export interface PassingOptions {
  /** The lead's unix socket. */
  readonly path: string;
  /** True for calls that this process relays itself. All else is passed on as it came, WebSockets included. */
  readonly isOurs: (exchange: Exchange) => boolean;
}

/** Open connections of callers. */
export interface InboundCounts {
  readonly http1: number;
  readonly http2: number;
  readonly webSockets: number;
}

/** The open or closed port. */
export interface Inbound {
  readonly server: Server;
  readonly traceHub: TraceHub;
  counts(): InboundCounts;
  /** Hash of the page it serves; empty without one. */
  pageBuild(): string;
  /** Opens the port; 0 picks one. Rejects with the system's error, such as EADDRINUSE. */
  listen(port: number): Promise<AddressInfo>;
  /** Takes a connection that the lead accepted. */
  readonly accept: (socket: Socket) => void;
  /** Takes what workers pass on at a unix socket. Rejects with the system's error. */
  listenInside(path: string): Promise<void>;
  /** Refuses new connections and new calls in tunnels, and tells HTTP/2 peers to go; calls under way go on. */
  drain(): void;
  /** Drains, closes tunnels, and cuts off what still runs after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Builds the inbound side; nothing is listened on before `listen`. */
export function createInbound(options: InboundOptions): Inbound {
  const limits: InboundLimits = { ...defaultInboundLimits, ...options.limits };
  const traceHub = options.traceHub ?? createTraceHub();
  const guard = createGuard({
    listenHost: options.listenHost,
    allowHosts: options.allowHosts ?? [],
    allowOrigins: options.allowOrigins ?? [],
    token: options.token,
  });
  const handleCall = (call: Call): void => {
    try {
      options.handleCall(call);
    } catch (error) {
      options.onBug?.(error, call.path);
      call.end(toOutcome(error));
    }
  };
  const onRefusal = options.onRefusal ?? (() => {});
  let isDraining = false;
  const upgrade = createUpgrade(guard, { limits, traceHub, handleCall, isDraining: () => isDraining }, onRefusal);
  const staticFiles = createStaticFiles(options.webRoot);
  const dispatch = createDispatch({
    guard,
    limits,
    traceHub,
    staticFiles,
    handleCall,
    onRefusal,
    isReady: options.isReady,
    metrics: options.metrics,
    redirectLocalhost: options.listenHost !== "::1",
  });
  const { passing } = options;
  const passOn = passing === undefined ? undefined : createPassOn(passing.path);
  const listener = createListener({
    limits,
    tls: options.tls,
    handleUpgrade: passOn?.upgrade ?? upgrade.handleUpgrade,
    isLeaving: () => isDraining || options.isLeaving?.() === true,
    handle:
      passOn === undefined || passing === undefined
        ? dispatch
        : (exchange) => (passing.isOurs(exchange) ? dispatch : passOn.exchange)(exchange),
  });
  const inside = createInsideServer({ handle: dispatch, handleConnection: (socket) => listener.acceptHttp1(socket) });
  return {
    server: listener.server,
    traceHub,
    counts() {
      const webSockets = upgrade.count();
      const { http1, http2 } = listener.counts();
      // A WebSocket that was passed on counts where it is served.
      return { http1: Math.max(0, http1 - webSockets - (passOn?.upgrades() ?? 0)), http2, webSockets };
    },
    pageBuild: () => staticFiles.build(),
    listen(port) {
      return new Promise((resolve, reject) => {
        listener.server.once("error", reject);
        listener.server.listen(port, options.listenHost, () => {
          listener.server.off("error", reject);
          resolve(listener.server.address() as AddressInfo);
        });
      });
    },
    accept: listener.accept,
    listenInside: (path) => inside.listen(path),
    drain() {
      isDraining = true;
      upgrade.drain();
      listener.drain();
    },
    async close(graceMs) {
      isDraining = true;
      upgrade.closeAll();
      await listener.close(graceMs);
      inside.close();
      traceHub.close();
    },
  };
}
