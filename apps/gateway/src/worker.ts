import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { Call } from "./call/call.ts";
import { endRunning, lastWordMs } from "./call/end-running.ts";
import { defaultReplayBytes, type RelayResult } from "./call/relay.ts";
import { createRunningCalls } from "./call/running-calls.ts";
import { systemClock } from "./catalog/clock.ts";
import { gatewayInstance } from "./catalog/sources/gateway.ts";
import type { Config } from "./config.ts";
import { createInbound } from "./inbound/inbound.ts";
import type { InboundTls } from "./inbound/listener.ts";
import { createAddressPolicy } from "./net/address-policy.ts";
import { createConnections } from "./net/connections.ts";
import { probe } from "./net/probe.ts";
import { createConnectCodec } from "./outbound/connect.ts";
import { createOpenDuplex } from "./outbound/duplex.ts";
import { createGrpcCodec } from "./outbound/grpc.ts";
import { createGrpcWebCodec } from "./outbound/grpc-web.ts";
import { isLocalAddress } from "./own-address.ts";
import { createAccessLog } from "./routing/access-log.ts";
import { createMetrics } from "./routing/metrics.ts";
import { createOtlpExporter } from "./routing/otlp-exporter.ts";
import { createRetryBudget } from "./routing/retry-budget.ts";
import { createRouter } from "./routing/route.ts";
import { createSpans } from "./routing/spans.ts";
import { trafficOf } from "./routing/traffic-of.ts";
import { createTypedTargets } from "./routing/typed-targets.ts";
import { createSchemaStore } from "./schema/schema-store.ts";
import { createStoredSchema } from "./schema/stored-schema.ts";
import { createCallTranscoding } from "./schema/transcode-call.ts";
import { createTranscodePool } from "./schema/transcode-pool.ts";
import type { StartMessage, ToLead, ToWorker } from "./workers/messages.ts";
import { createRelaysHere } from "./workers/relays-here.ts";
import { createCatalogCopy, takeSchemasInto } from "./workers/take-copy.ts";
import { tellEnded } from "./workers/tell-ended.ts";

/** What the lead tells a worker at its start. */
export interface WorkerSetting {
  /** From 1. */
  readonly number: number;
  /** The gateway's port. */
  readonly port: number;
  readonly config: Config;
  readonly tls: InboundTls | undefined;
  /** Unix socket of the lead. */
  readonly insidePath: string;
  readonly version: string;
  /** Of the whole gateway. */
  readonly bootId: string;
  readonly writesAccess: boolean;
}

/** What a worker needs of its surroundings. */
export interface WorkerOptions {
  readonly log: Logger;
  readonly tell: (message: ToLead) => void;
}

/** A worker of a gateway: relays calls by itself, and passes on what the lead has to serve (decision 40). */
export interface GatewayWorker {
  /** Takes a connection that the lead accepted. */
  readonly accept: (socket: Socket) => void;
  /** Resolves once the message is dealt with; after "end" nothing is left. */
  take(message: Exclude<ToWorker<WorkerSetting>, { readonly kind: "start" | "connection" }>): Promise<void>;
}

/** Composes a worker with what its first message says. */
export function createWorker(start: StartMessage<WorkerSetting>, options: WorkerOptions): GatewayWorker {
  const { config, tls, number, port, insidePath, version, bootId, writesAccess } = start.setting;
  const { log, tell } = options;
  const { maxMessageBytes, tlsTrust } = config;
  const ending = new AbortController();
  const running = createRunningCalls();
  let isLeaving = false;

  const policy = createAddressPolicy({ allowLinkLocal: config.allowLinkLocal, allowTypedUnix: config.allowUnixTargets });
  const connections = createConnections({ policy, timers: config.poolTimers });
  const legContext = { connections, maxMessageBytes };
  const codecs = {
    grpc: createGrpcCodec(legContext),
    connect: createConnectCodec(legContext),
    "grpc-web": createGrpcWebCodec(legContext),
  };
  const isOwnAddress = (address: string): boolean => isLocalAddress(address, config.listen.host, port);

  const catalog = createCatalogCopy({ clock: systemClock, ejection: config.ejection, onFailed: (id) => metrics.healthFailed(id) });
  const store = createSchemaStore({
    builtIn: createStoredSchema([]),
    open: createOpenDuplex(codecs, { maxMessageBytes }),
    signal: ending.signal,
  });
  const takeSchemas = takeSchemasInto(store);
  const otlp =
    config.otlpUrl === undefined
      ? undefined
      : createOtlpExporter({
          url: config.otlpUrl,
          version,
          instanceId: `${bootId}-${number}`,
          onProblem: (problem) => log.warn(`--otlp ${problem}`),
        });
  const spans = otlp === undefined ? undefined : createSpans((span) => otlp.add(span));
  const metrics = createMetrics({
    backends: () => connections.counts(),
    inbound: () => inbound.counts(),
    running: () => running.count,
    entries: () => [], // the lead's
    droppedSpans: () => otlp?.dropped() ?? 0,
  });
  const ended = tellEnded((lines, calls) => tell({ kind: "ended", lines, calls }));
  const accessLog = createAccessLog(log, writesAccess ? (line) => ended.line(line) : undefined, {
    traceIdOf: spans === undefined ? undefined : (call) => spans.traceIdOf(call),
    worker: number,
  });

  const transcodePool = createTranscodePool({ maxMessageBytes });
  const router = createRouter({
    catalog,
    schemas: store,
    codecs,
    ownInstance: gatewayInstance("", [], version),
    isOwnAddress,
    typedTargets: createTypedTargets((target) => probe(target, { policy, trust: "typed", tlsTrust, signal: ending.signal }), tlsTrust),
    limits: { maxMessageBytes, replayBytes: defaultReplayBytes, running },
    transcode: createCallTranscoding({ store, pool: transcodePool, maxMessageBytes }),
    observe,
    retryBudget: createRetryBudget(systemClock, config.retryBudget),
    onRetry: (service, result) => metrics.retried(service, result),
    onHedge: (service, result) => metrics.hedged(service, result),
    forwarded: spans === undefined ? undefined : (call) => spans.forwarded(call),
  });
  const inbound = createInbound({
    handleCall: (call: Call) => router.handle(call),
    listenHost: config.listen.host,
    webRoot: "", // the page is the lead's
    isReady: () => !isLeaving,
    isLeaving: () => isLeaving,
    allowHosts: config.allowHosts,
    allowOrigins: config.allowOrigins,
    token: config.token,
    tls,
    limits: config.inboundLimits,
    onBug: (error, path) => log.error({ err: error, path }, "a call failed in the gateway itself"),
    onRefusal: (status) => metrics.refused(status),
    passing: {
      path: insidePath,
      isOurs: createRelaysHere({
        catalog,
        schemas: store,
        isOwn: (instance) => instance.protocol === "local" || isOwnAddress(instance.address),
      }),
    },
  });

  function observe(call: Call, result: RelayResult): void {
    accessLog(call, result);
    metrics.record(call, result);
    spans?.end(call, result);
    const traffic = trafficOf(call, result);
    if (traffic !== undefined) ended.call(traffic);
  }

  async function end(graceMs: number): Promise<void> {
    const untilMs = performance.now() + graceMs;
    isLeaving = true;
    inbound.drain();
    await endRunning(running, graceMs);
    await inbound.close(Math.max(untilMs - performance.now(), Math.min(lastWordMs, graceMs)));
    ending.abort();
    ended.close();
    await otlp?.close();
    connections.close();
    transcodePool.close();
  }

  takeSchemas(start.copy);
  catalog.take(start.copy);
  for (const { instanceId, result } of start.checked) catalog.report(instanceId, result);

  return {
    accept: inbound.accept,
    async take(message) {
      switch (message.kind) {
        case "copy":
          takeSchemas(message.change);
          return catalog.take(message.change);
        case "checked":
          return catalog.report(message.checked.instanceId, message.checked.result);
        case "leave":
          isLeaving = true;
          return;
        case "end":
          return end(message.graceMs);
        case "metrics":
          tell({ kind: "metrics", id: message.id, metrics: await metrics.figures() });
      }
    },
  };
}
