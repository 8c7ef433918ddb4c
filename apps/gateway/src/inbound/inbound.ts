import type { AddressInfo, Server } from "node:net";
import type { Call } from "../call/call.ts";
import { createTraceHub, type TraceHub } from "../call/trace-recorder.ts";
import { toOutcome } from "../errors/to-outcome.ts";
import { createDispatch } from "./dispatch.ts";
import { createGuard } from "./guard.ts";
import { defaultInboundLimits, type InboundLimits } from "./limits.ts";
import { createListener, type InboundTls } from "./listener.ts";
import { createStaticFiles } from "./static-files.ts";
import { createUpgrade } from "./upgrade.ts";

/**
 * The inbound side: one port that speaks HTTP/1.1, HTTP/2 (with prior knowledge), WebSocket and, with a certificate, TLS with all of them.
 * Every RPC, whatever its protocol, is handed to `handleCall` as a {@link Call}; the gateway's own services are no exception. Compose it:
 *
 *     const inbound = createInbound({ handleCall: router.handleCall, listenHost: "127.0.0.1", webRoot, isReady: () => true });
 *     const { port } = await inbound.listen(8080);
 *     ...
 *     await inbound.close(graceMs); // GOAWAY, drain, cut off what is left
 */
export interface InboundOptions {
  /** Takes every RPC whose headers are in order, and ends each of them. What it throws ends the call as internal and goes to `onBug`. */
  readonly handleCall: (call: Call) => void;
  /** Told of what `handleCall` threw: a bug to log. Default: nobody. */
  readonly onBug?: (error: unknown, path: string) => void;
  /** Host to listen on, a name or address without brackets. */
  readonly listenHost: string;
  /** Folder of the built page. */
  readonly webRoot: string;
  /** Answers /-/readyz. */
  readonly isReady: () => boolean;
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
}

/** The open or closed port. */
export interface Inbound {
  readonly server: Server;
  readonly traceHub: TraceHub;
  /** Hash of the page it serves; empty without one. */
  pageBuild(): string;
  /** Opens the port; 0 picks one. Rejects with the system's error, such as EADDRINUSE. */
  listen(port: number): Promise<AddressInfo>;
  /** Refuses new connections, tells HTTP/2 peers and tunnels to go, and cuts off what still runs after `graceMs`. */
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
  const staticFiles = createStaticFiles(options.webRoot);
  const upgrade = createUpgrade(guard, { limits, traceHub, handleCall });
  const listener = createListener({
    limits,
    tls: options.tls,
    handleUpgrade: upgrade.handleUpgrade,
    handle: createDispatch({
      guard,
      limits,
      traceHub,
      staticFiles,
      handleCall,
      isReady: options.isReady,
      metrics: options.metrics,
      redirectLocalhost: options.listenHost !== "::1",
    }),
  });
  return {
    server: listener.server,
    traceHub,
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
    async close(graceMs) {
      upgrade.closeAll();
      await listener.close(graceMs);
      traceHub.close();
    },
  };
}
