import { codeNames, nameFromCode } from "@rpcdeck/frames";
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Call } from "../call/call.ts";
import type { RelayResult } from "../call/relay.ts";
import type { CatalogEntry } from "../catalog/catalog-state.ts";
import type { Connections } from "../net/connections.ts";
import type { HedgeResult } from "./hedge.ts";
import type { RetryResult } from "./route.ts";

/** Figures for Prometheus; docs/observability.md lists them all. */
export interface Metrics {
  record(call: Pick<Call, "service" | "protocol">, result: RelayResult): void;
  /** A request was turned away before it was a call, with this HTTP status. */
  refused(status: number): void;
  /** A call of the service was tried again, or its budget for that was spent. */
  retried(service: string, result: RetryResult): void;
  /** What became of asking a second instance, for a call that wanted it and was not answered in time. */
  hedged(service: string, result: HedgeResult): void;
  /** An instance was left out, for calls that failed or a check that said so. */
  healthFailed(instanceId: string): void;
  /** The exposition text of /-/metrics, with the figures of other processes added. */
  text(others?: readonly ProcessFigures[]): Promise<string>;
  /** The figures of this process, for another one to add to its own. */
  figures(): Promise<ProcessFigures>;
  readonly contentType: string;
  readonly registry: Registry;
}

/** All figures of one process, as structured data. */
export type ProcessFigures = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** Where figures come from that nobody counts along: asked when they are read. */
export interface MetricsSources {
  readonly backends: () => ReturnType<Connections["counts"]>;
  /** Open connections of callers. */
  readonly inbound: () => { readonly http1: number; readonly http2: number; readonly webSockets: number };
  /** Calls under way. */
  readonly running: () => number;
  readonly entries: () => readonly CatalogEntry[];
  /** Spans for --otlp that were not sent. */
  readonly droppedSpans: () => number;
  /** Default: one process, which is none of --workers. */
  readonly workers?: (() => { readonly ready: number; readonly restarts: number }) | undefined;
}

/** Upper bounds of the call times in seconds. */
const timeBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Services, and instances, with figures of their own; further ones count as "other", so that nobody can fill the memory. */
const maxServices = 500;
const maxInstances = 1_000;

/** Why requests are refused before they are calls, by HTTP status. */
const refusalCauses: Readonly<Record<number, string>> = {
  400: "malformed",
  401: "token",
  403: "host_or_origin",
  404: "nothing_there",
  405: "verb",
  415: "content_type",
  426: "no_websocket",
  431: "headers",
  503: "shutting_down",
  505: "http_version",
};

/** Metrics of one gateway. Only services that had an instance get a label of their own. */
export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const calls = new Counter({
    name: "rpcdeck_calls_total",
    help: "Calls that ended, by service and status.",
    labelNames: ["service", "code"] as const,
    registers,
  });
  const byProtocol = new Counter({
    name: "rpcdeck_calls_by_protocol_total",
    help: "Calls that ended, by the caller's protocol and by tier.",
    labelNames: ["protocol", "tier"] as const,
    registers,
  });
  const times = new Histogram({
    name: "rpcdeck_call_seconds",
    help: "Time of a call from its headers to its end.",
    labelNames: ["service"] as const,
    buckets: timeBuckets,
    registers,
  });
  const attempts = new Counter({ name: "rpcdeck_extra_attempts_total", help: "Attempts beyond the first of a call.", registers });
  const retries = new Counter({
    name: "rpcdeck_retries_total",
    help: "Attempts after one that no backend saw, done and refused by the retry budget, by service.",
    labelNames: ["service", "result"] as const,
    registers,
  });
  const hedges = new Counter({
    name: "rpcdeck_hedges_total",
    help: "Calls with rpcdeck-hedge that were not answered in time, and what came of the second instance.",
    labelNames: ["service", "result"] as const,
    registers,
  });
  const messages = new Counter({
    name: "rpcdeck_messages_total",
    help: "Messages relayed, by direction.",
    labelNames: ["direction"] as const,
    registers,
  });
  const bytes = new Counter({
    name: "rpcdeck_message_bytes_total",
    help: "Bytes of the messages relayed, without envelopes, by direction.",
    labelNames: ["direction"] as const,
    registers,
  });
  const refusals = new Counter({
    name: "rpcdeck_refusals_total",
    help: "Requests turned away before they were calls, by cause.",
    labelNames: ["cause"] as const,
    registers,
  });
  const failures = new Counter({
    name: "rpcdeck_instance_failures_total",
    help: "How often an instance was left out: failed calls in a row, no connection, or a health check.",
    labelNames: ["instance"] as const,
    registers,
  });
  addCollected(sources, registers);

  const requestMessages = messages.labels("request");
  const responseMessages = messages.labels("response");
  const requestBytes = bytes.labels("request");
  const responseBytes = bytes.labels("response");
  type Children = { readonly byCode: readonly Counted[]; readonly time: { observe(seconds: number): void } };
  const children = new Map<string, Children>();
  const tiers = new Map<string, readonly Counted[]>();
  const failed = new Set<string>();

  /** The service's own label, while there are any left. */
  function labelOf(service: string): string {
    childrenOf(service);
    return children.has(service) ? service : "other";
  }

  function childrenOf(service: string): Children {
    const known = children.get(service);
    if (known !== undefined) return known;
    if (children.size >= maxServices && service !== "other") return childrenOf("other");
    const made = { byCode: codeNames.map((code) => lazily(() => calls.labels(service, code))), time: times.labels(service) };
    children.set(service, made);
    return made;
  }

  /** The protocols are a short list: no caller can add to it. */
  function tiersOf(protocol: string): readonly Counted[] {
    const known = tiers.get(protocol);
    if (known !== undefined) return known;
    const made = [0, 1, 2].map((tier) => lazily(() => byProtocol.labels(protocol, String(tier))));
    tiers.set(protocol, made);
    return made;
  }

  return {
    record(call, result) {
      const { byCode, time } = childrenOf(result.instance === undefined ? "unrouted" : call.service);
      byCode[codeNames.indexOf(nameFromCode(result.outcome.code))]?.inc();
      tiersOf(call.protocol)[result.tier]?.inc();
      time.observe((result.endedMs - result.startedMs) / 1000);
      if (result.attempts > 1) attempts.inc(result.attempts - 1);
      if (result.requestMessages > 0) requestMessages.inc(result.requestMessages);
      if (result.responseMessages > 0) responseMessages.inc(result.responseMessages);
      if (result.requestBytes > 0) requestBytes.inc(result.requestBytes);
      if (result.responseBytes > 0) responseBytes.inc(result.responseBytes);
    },
    retried(service, result) {
      retries.inc({ service: labelOf(service), result });
    },
    hedged(service, result) {
      hedges.inc({ service: labelOf(service), result });
    },
    refused(status) {
      refusals.inc({ cause: refusalCauses[status] ?? "other" });
    },
    healthFailed(instanceId) {
      if (failed.size < maxInstances) failed.add(instanceId);
      failures.inc({ instance: failed.has(instanceId) ? instanceId : "other" });
    },
    async text(others = []) {
      if (others.length === 0) return registry.metrics();
      return AggregatorRegistry.aggregate([await registry.getMetricsAsJSON(), ...others]).metrics();
    },
    figures: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
    registry,
  };
}

function addCollected(sources: MetricsSources, registers: Registry[]): void {
  new Gauge({
    name: "rpcdeck_inbound_connections",
    help: "Open connections of callers, by protocol.",
    labelNames: ["protocol"] as const,
    registers,
    collect() {
      const { http1, http2, webSockets } = sources.inbound();
      this.set({ protocol: "http/1.1" }, http1);
      this.set({ protocol: "http/2" }, http2);
      this.set({ protocol: "websocket" }, webSockets);
    },
  });
  new Gauge({
    name: "rpcdeck_calls_running",
    help: "Calls under way.",
    registers,
    collect() {
      this.set(sources.running());
    },
  });
  new Gauge({
    name: "rpcdeck_backend_connections",
    help: "Open connections to backends, by protocol.",
    labelNames: ["protocol"] as const,
    registers,
    collect() {
      const { connections, http1Connections } = sources.backends();
      this.set({ protocol: "http/1.1" }, http1Connections);
      this.set({ protocol: "http/2" }, connections);
    },
  });
  new Gauge({
    name: "rpcdeck_backend_exchanges",
    help: "Requests to backends over HTTP/1.1 and HTTP/2, under way and waiting for a connection with room.",
    labelNames: ["state"] as const,
    registers,
    collect() {
      const { running, waiting } = sources.backends();
      this.set({ state: "running" }, running);
      this.set({ state: "waiting" }, waiting);
    },
  });
  new Gauge({
    name: "rpcdeck_instance_healthy",
    help: "1 for an instance that is well, 0 for one that is failing or whose registry is away.",
    labelNames: ["instance", "registered_as"] as const,
    registers,
    collect() {
      this.reset();
      let shown = 0;
      for (const { instance, health } of sources.entries()) {
        if (health.kind === "evicted") continue;
        if (++shown > maxInstances) return;
        this.set({ instance: instance.id, registered_as: instance.registeredAs }, health.kind === "healthy" ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: "rpcdeck_instances",
    help: "Instances of the catalog, by how well they are.",
    labelNames: ["health"] as const,
    registers,
    collect() {
      const counts = { healthy: 0, failing: 0, "last-known": 0, evicted: 0 };
      for (const { health } of sources.entries()) counts[health.kind]++;
      for (const [health, count] of Object.entries(counts)) this.set({ health }, count);
    },
  });
  new Counter({
    name: "rpcdeck_spans_dropped_total",
    help: "Spans for --otlp that could not be sent.",
    registers,
    collect() {
      this.reset();
      this.inc(sources.droppedSpans());
    },
  });
  new Gauge({
    name: "rpcdeck_workers",
    help: "Worker processes that take connections; 0 without --workers.",
    registers,
    collect() {
      this.set(sources.workers?.().ready ?? 0);
    },
  });
  new Counter({
    name: "rpcdeck_worker_restarts_total",
    help: "Worker processes that were started in place of one that ended.",
    registers,
    collect() {
      this.reset();
      this.inc(sources.workers?.().restarts ?? 0);
    },
  });
}

interface Counted {
  inc(): void;
}

/** A counter that appears in the text with its first count only. */
function lazily(make: () => Counted): Counted {
  let made: Counted | undefined;
  return {
    inc() {
      made ??= make();
      made.inc();
    },
  };
}
