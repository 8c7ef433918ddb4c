import { setTimeout as sleep } from "node:timers/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { Health } from "@rpcdeck/protocol/grpc/health/v1/health_pb.ts";
import { CatalogService } from "@rpcdeck/protocol/rpcdeck/v1/catalog_pb.ts";
import { FleetService, GatewayService } from "@rpcdeck/protocol/rpcdeck/v1/gateway_pb.ts";
import { Provenance, SchemaService } from "@rpcdeck/protocol/rpcdeck/v1/schema_pb.ts";
import type { Logger } from "pino";
import type { Call } from "./call/call.ts";
import { endRunning, lastWordMs } from "./call/end-running.ts";
import { defaultReplayBytes, type RelayResult } from "./call/relay.ts";
import { createRunningCalls } from "./call/running-calls.ts";
import { type Catalog, createCatalog } from "./catalog/catalog.ts";
import { systemClock } from "./catalog/clock.ts";
import type { Instance } from "./catalog/instance.ts";
import { createGatewaySource, gatewayInstance } from "./catalog/sources/gateway.ts";
import { createStaticSource } from "./catalog/sources/static.ts";
import type { Config } from "./config.ts";
import { outcomeFromFault } from "./errors/to-outcome.ts";
import { createInbound } from "./inbound/inbound.ts";
import { createLead } from "./lead.ts";
import { watchLoopLag } from "./loop-lag.ts";
import { createAddressPolicy } from "./net/address-policy.ts";
import { createConnections } from "./net/connections.ts";
import { probe, type ProbeReport } from "./net/probe.ts";
import { createConnectCodec } from "./outbound/connect.ts";
import { createOpenDuplex } from "./outbound/duplex.ts";
import { createGrpcCodec } from "./outbound/grpc.ts";
import { createGrpcWebCodec } from "./outbound/grpc-web.ts";
import { createLocalCodec } from "./outbound/local.ts";
import { isLocalAddress } from "./own-address.ts";
import { endlessPaths, gatewayServices, machineryServices, registerDemoServices, registryServices } from "./own-services.ts";
import { createReadiness } from "./readiness.ts";
import { configuredSource, embeddedSource } from "./registry-sources.ts";
import { createAccessLog } from "./routing/access-log.ts";
import { keepHealthChecked } from "./routing/health-checks.ts";
import { createMetrics } from "./routing/metrics.ts";
import { isOwnService } from "./routing/own-service.ts";
import { createOtlpExporter } from "./routing/otlp-exporter.ts";
import { createRetryBudget } from "./routing/retry-budget.ts";
import { createRouter } from "./routing/route.ts";
import { createSpans } from "./routing/spans.ts";
import { createTraffic } from "./routing/traffic.ts";
import { trafficOf } from "./routing/traffic-of.ts";
import { createTypedTargets } from "./routing/typed-targets.ts";
import { inspectTarget } from "./schema/doctor.ts";
import { keepCatalogLearned } from "./schema/learn-catalog.ts";
import { readConfiguredSchemas } from "./schema/read-configured.ts";
import { createRoutableSchemas } from "./schema/routable-schemas.ts";
import { describeSchemaProblem } from "./schema/schema-problem.ts";
import { createSchemaStore } from "./schema/schema-store.ts";
import { closureIdOf, createStoredSchema } from "./schema/stored-schema.ts";
import { createCallTranscoding } from "./schema/transcode-call.ts";
import { createTranscodePool } from "./schema/transcode-pool.ts";
import { tlsFrom } from "./self-signed.ts";
import { settleTargets } from "./settle-targets.ts";
import { createCatalogService } from "./services/catalog.ts";
import { createEmbeddedEtcd } from "./services/etcd/embedded-etcd.ts";
import { createFleet } from "./services/fleet.ts";
import { createGatewayService } from "./services/gateway.ts";
import type { WorkerSetting } from "./worker.ts";
import type { Workers } from "./workers/fork-workers.ts";
import { createHealth, registerReflection } from "@rpcdeck/services";
import { createSchemaService } from "./services/schema.ts";

/** What a gateway needs of its surroundings. */
export interface GatewayOptions {
  readonly version: string;
  /** Unique for this run. */
  readonly bootId: string;
  readonly log: Logger;
  /** Takes the lines of the access log, each with its end; undefined: there is none. */
  readonly writeAccess?: ((line: string) => void) | undefined;
  /** Processes that take the connections and relay (--workers). Default none: this one does it all. */
  readonly workers?: Workers<WorkerSetting> | undefined;
  /** Folder of the built page. */
  readonly webRoot: string;
  /** The FileDescriptorSet of everything compiled in, with comments. */
  readonly descriptors: Uint8Array;
}

/** A whole gateway. */
export interface Gateway {
  /** What is wrong with --proto and --descriptor-set, one line each. */
  readonly schemaProblems: readonly string[];
  /** SHA-256 of the certificate that was made for --tls-self-signed; undefined without it. */
  readonly fingerprint: string | undefined;
  /** Opens the port. Answers the address to open in a browser, such as `http://127.0.0.1:8080`. Rejects with the system's error. */
  listen(): Promise<string>;
  /** Starts the demo servers, where there are any; answers what went wrong, one line each. Only after `listen`. */
  startDemo(): Promise<readonly string[]>;
  /** True when somebody, probably a load balancer, asked within the last minute whether the gateway is ready. */
  isWatched(): boolean;
  /**
   * Not ready any more; calls are still taken for `waitMs` (default 0), so that whoever watches finds out. Then no new ones, and those under
   * way get `graceMs` to finish; what still runs is told so with `shutting_down`. Resolves when nothing is left, demo servers included.
   */
  close(graceMs: number, waitMs?: number): Promise<void>;
}

/** Composes all parts. Nothing listens before `listen`; registries are read from now on. */
export async function createGateway(config: Config, options: GatewayOptions): Promise<Gateway> {
  const { log, version, bootId } = options;
  const { maxMessageBytes, tlsTrust } = config;
  const tls = await tlsFrom(config.tls);
  const ending = new AbortController();
  const lag = watchLoopLag();
  const readiness = createReadiness(() => lag.isStuck());
  const running = createRunningCalls();
  let address = "";
  let port = 0;

  // Whom we call.
  const policy = createAddressPolicy({ allowLinkLocal: config.allowLinkLocal, allowTypedUnix: config.allowUnixTargets });
  const connections = createConnections({ policy, timers: config.poolTimers });
  const legContext = { connections, maxMessageBytes };
  const isOwn = (target: string): boolean => isLocalAddress(target, config.listen.host, port);
  const probeTyped = async (target: string): Promise<ProbeReport> =>
    isOwn(target) ? ownReport : probe(target, { policy, trust: "typed", tlsTrust, signal: ending.signal });
  const typedTargets = createTypedTargets(probeTyped, tlsTrust);

  // Where instances come from.
  const etcd = config.embeddedRegistry ? createEmbeddedEtcd({ token: config.token, clientUrls: () => [address] }) : undefined;
  const ownInstance = (listening: string): Instance => gatewayInstance(listening, gatewayServices, version);
  const ownSource = createGatewaySource(ownInstance(`${config.listen.host}:${config.listen.port}`));
  let staticInstances: readonly Instance[] = config.targets.map(({ instance }) => instance);
  const staticSource = createStaticSource(staticInstances);
  const catalog = createCatalog({
    sources: [
      ownSource,
      ...(staticInstances.length === 0 ? [] : [staticSource]),
      ...(etcd === undefined ? [] : [embeddedSource(etcd)]),
      ...config.registries.map(configuredSource),
    ],
    ejection: config.ejection,
  });
  settleTargets(config.targets, {
    probe: (target, own) => probe(target, { policy, trust: "configured", tls: own, signal: ending.signal }),
    onSettled(settled) {
      staticInstances = staticInstances.map((instance) => (instance.id === settled.id ? settled : instance));
      staticSource.replace(staticInstances);
    },
    signal: ending.signal,
  });
  const traffic = createTraffic();
  const otlp =
    config.otlpUrl === undefined
      ? undefined
      : createOtlpExporter({ url: config.otlpUrl, version, instanceId: bootId, onProblem: (problem) => log.warn(`--otlp ${problem}`) });
  const spans = otlp === undefined ? undefined : createSpans((span) => otlp.add(span));
  const metrics = createMetrics({
    backends: () => connections.counts(),
    inbound: () => inbound.counts(),
    running: () => running.count,
    entries: () => catalog.state().entries,
    droppedSpans: () => otlp?.dropped() ?? 0,
    workers: options.workers?.counts,
  });
  const stopCounting = countHealthFailures(catalog, (id) => metrics.healthFailed(id));
  const fleet = createFleet(config.demo ? { registry: () => `http://127.0.0.1:${port}`, token: config.token } : undefined);

  // What services look like.
  const files = fromBinary(FileDescriptorSetSchema, options.descriptors).file;
  const builtIn = createStoredSchema(files.map((file) => ({ file, provenance: Provenance.BUILT_IN })));
  const codecs = {
    grpc: createGrpcCodec(legContext),
    connect: createConnectCodec(legContext),
    "grpc-web": createGrpcWebCodec(legContext),
    local: createLocalCodec({
      routes: registerOwnServices,
      registry: builtIn.registry,
      maxMessageBytes,
      shutdownSignal: ending.signal,
      onBug: (error, path) => log.error({ err: error, path }, "a service of the gateway failed"),
    }),
  };
  const openDuplex = createOpenDuplex(codecs, { maxMessageBytes });
  const store = createSchemaStore({
    builtIn,
    // No socket to ourselves (decision 15).
    open: (instance, ...rest) => openDuplex(isOwn(instance.address) ? { ...instance, protocol: "local" } : instance, ...rest),
    signal: ending.signal,
  });
  const readConfigured = async (): Promise<readonly string[]> => {
    const configured = await readConfiguredSchemas(config.protoPaths, config.descriptorSets);
    // A file with a mistake in it, read in the middle of an edit, takes nothing away: what was good stands until all of it is good again.
    if (configured.problems.length === 0) store.setConfigured(configured.schemas);
    return configured.problems.map(describeSchemaProblem);
  };
  const schemaProblems = await readConfigured();
  const ownServices = [...machineryServices, ...(etcd === undefined ? [] : registryServices)];
  const routable = createRoutableSchemas(catalog, store, ownServices);
  const learning = keepCatalogLearned({ catalog, store });
  const lead =
    options.workers === undefined
      ? undefined
      : createLead({
          workers: options.workers,
          config,
          tls,
          version,
          bootId,
          catalog,
          store,
          writeAccess: options.writeAccess,
          onTraffic: (call) => traffic.record(call),
        });
  const healthChecks =
    config.healthIntervalMs === 0
      ? undefined
      : keepHealthChecked({
          catalog: {
            ...catalog,
            report(id, result) {
              catalog.report(id, result);
              lead?.checked(id, result);
            },
          },
          open: openDuplex,
          policy,
          timeoutMs: connections.timers.connectMs,
          intervalMs: config.healthIntervalMs,
          isChecked: (instance) => instance.protocol !== "local" && !isOwn(instance.address),
        });

  // How calls find their way.
  const transcodePool = createTranscodePool({ maxMessageBytes });
  const accessLog = createAccessLog(log, options.writeAccess, {
    traceIdOf: spans === undefined ? undefined : (call) => spans.traceIdOf(call),
    worker: lead === undefined ? undefined : 0,
  });
  const router = createRouter({
    catalog,
    schemas: store,
    codecs,
    ownInstance: ownInstance(""),
    isOwnAddress: isOwn,
    typedTargets,
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
    webRoot: options.webRoot,
    isReady: () => readiness.ask(),
    isLeaving: () => readiness.isLeaving,
    allowHosts: config.allowHosts,
    allowOrigins: config.allowOrigins,
    token: config.token,
    tls,
    limits: config.inboundLimits,
    onBug: (error, path) => log.error({ err: error, path }, "a call failed in the gateway itself"),
    onRefusal: (status) => metrics.refused(status),
    metrics: async () => ({ contentType: metrics.contentType, body: await metrics.text(await options.workers?.metrics()) }),
  });

  function registerOwnServices(router: ConnectRouter): void {
    registerDemoServices(router);
    etcd?.routes(router);
    registerReflection(router, { schemas: () => routable.schemas() });
    router.service(Health, createHealth({ isReady: () => readiness.ask(), isServing, onChange: onHealthChange }));
    router.service(CatalogService, createCatalogService({ catalog, traffic, fleetProcessAt: (at) => fleet.processAt(at), closureId }));
    router.service(FleetService, fleet.service);
    router.service(
      GatewayService,
      createGatewayService({
        version,
        bootId,
        listen: () => address,
        maxMessageBytes,
        demo: config.demo,
        pageBuild: () => inbound.pageBuild(),
        unixTargets: config.allowUnixTargets,
      }),
    );
    router.service(SchemaService, createSchemaService({ store, inspect, reload }));
  }

  function onHealthChange(listener: () => void): () => void {
    const stops = [catalog.onChange(listener), readiness.onChange(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  function closureId(schemaId: string, service: string): string {
    const schema = store.byId(schemaId);
    return schema === undefined ? schemaId : closureIdOf(schema, service);
  }

  function isServing(service: string): boolean | undefined {
    if (isOwnService(service)) return ownServices.includes(service) ? true : undefined;
    const ids = new Set(catalog.instancesFor(service).map(({ id }) => id));
    if (ids.size === 0) return undefined;
    return catalog.state().entries.some(({ instance, health }) => ids.has(instance.id) && health.kind !== "failing");
  }

  function inspect(target: string, metadata: Parameters<typeof inspectTarget>[1]): ReturnType<typeof inspectTarget> {
    return inspectTarget(target, metadata, {
      probe: probeTyped,
      instanceFor: (url) => typedTargets.instanceFor(url),
      learn: (instance, sent) => store.learn(instance, sent),
    });
  }

  async function reload(instanceIds: readonly string[]): Promise<readonly string[]> {
    const problems = await readConfigured();
    for (const problem of problems) log.warn(problem);
    if (instanceIds.length === 0) {
      store.forget();
      catalog.relearn();
    } else {
      store.forget(instanceIds.flatMap((id) => catalog.byId(id)?.instance ?? []));
      catalog.relearn(instanceIds);
    }
    return problems;
  }

  function observe(call: Call, result: RelayResult): void {
    accessLog(call, result);
    metrics.record(call, result);
    spans?.end(call, result);
    const counted = trafficOf(call, result);
    if (counted !== undefined) traffic.record(counted);
  }

  return {
    schemaProblems,
    fingerprint: tls?.fingerprint,
    async listen() {
      port = lead === undefined ? (await inbound.listen(config.listen.port)).port : await lead.listen(inbound);
      const host = config.listen.host === "0.0.0.0" || config.listen.host === "::" ? "127.0.0.1" : config.listen.host;
      const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
      address = `${tls === undefined ? "http" : "https"}://${authority}`;
      ownSource.replace([ownInstance(authority)]);
      readiness.start();
      return address;
    },
    startDemo: () => fleet.startAll(),
    isWatched: () => readiness.isWatched(),
    async close(graceMs, waitMs = 0) {
      readiness.leave();
      lead?.leave();
      if (waitMs > 0) await sleep(waitMs);
      const untilMs = performance.now() + graceMs;
      inbound.drain();
      // Streams of our own that nobody but us would ever end.
      const isEndless = (call: Call): boolean => endlessPaths.has(call.path) && call.choices.target === undefined;
      running.breakOff(outcomeFromFault("shutting_down", "the gateway is ending"), isEndless);
      await Promise.all([endRunning(running, graceMs), lead?.end(graceMs)]);
      await inbound.close(Math.max(untilMs - performance.now(), Math.min(lastWordMs, graceMs)));
      // Only now: calls under way may have needed any of these.
      await fleet.close();
      ending.abort();
      lag.close();
      stopCounting();
      await otlp?.close();
      learning.close();
      healthChecks?.close();
      routable.close();
      catalog.close();
      etcd?.close();
      connections.close();
      transcodePool.close();
    },
  };
}

/** Tells of each instance that is left out from now on; answers the way to stop. */
function countHealthFailures(catalog: Catalog, onFailed: (instanceId: string) => void): () => void {
  let seenSeq = 0n;
  return catalog.onChange(() => {
    const fresh = catalog.events().filter(({ seq }) => seq > seenSeq);
    seenSeq = fresh.at(-1)?.seq ?? seenSeq;
    for (const { kind, instanceId } of fresh) if (kind === "health-failed") onFailed(instanceId);
  });
}

/** What a probe of ourselves would find. */
const ownReport: ProbeReport = {
  result: { kind: "found", tls: false, http: "h2", protocol: "grpc", certificateProblem: undefined },
  steps: [{ title: "Connect", ok: true, detail: "this is the gateway itself", elapsedMs: 0 }],
};
